-- Make a webhook, unless there are enough. $1 id, $2 account, $3 address, $4 description or null, $5 types or null for all, $6 sealed secret,
-- $7 how many an account may have. Gives: webhook.
INSERT INTO webhook_endpoints (id, owner, url, description, events, secret)
SELECT $1::uuid, $2::uuid, $3, $4, coalesce($5::text[], ARRAY['*']), $6
 WHERE (SELECT count(*) FROM webhook_endpoints WHERE owner = $2::uuid) < $7::int
RETURNING id, url, description, array_to_json(events) AS events, enabled, disabled_reason, failures, failing_since, delivered_at,
          CASE WHEN old_until > clock_timestamp() THEN old_until END AS old_until, created_at, updated_at
