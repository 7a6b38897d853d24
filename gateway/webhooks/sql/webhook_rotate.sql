-- Another secret; the one before signs as well for a while. $1 id, $2 account, $3 sealed secret, $4 seconds. Gives: webhook.
UPDATE webhook_endpoints
   SET old_secret = secret, old_until = clock_timestamp() + make_interval(secs => $4::float8), secret = $3, updated_at = clock_timestamp()
 WHERE id = $1::uuid
   AND owner = $2::uuid
RETURNING id, url, description, array_to_json(events) AS events, enabled, disabled_reason, failures, failing_since, delivered_at,
          CASE WHEN old_until > clock_timestamp() THEN old_until END AS old_until, created_at, updated_at
