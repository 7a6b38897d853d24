-- Forget idempotency keys that nobody may repeat any more.
DELETE FROM idempotency_keys
 WHERE created_at < clock_timestamp() - interval '1 day'
