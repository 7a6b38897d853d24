-- Webhooks of an account. $1 account. Gives: webhook.
SELECT id, url, description, array_to_json(events) AS events, enabled, disabled_reason, failures, failing_since, delivered_at,
       CASE WHEN old_until > clock_timestamp() THEN old_until END AS old_until, created_at, updated_at
  FROM webhook_endpoints
 WHERE owner = $1::uuid
 ORDER BY id
