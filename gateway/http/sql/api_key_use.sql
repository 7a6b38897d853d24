-- The account of a key that is good, and that it was used, noted once a minute. $1 the key's hash. Gives: key_bearer.
WITH used AS (
    UPDATE api_keys SET used_at = clock_timestamp()
     WHERE hash = $1 AND (used_at IS NULL OR used_at < clock_timestamp() - interval '1 minute'))
SELECT u.id, u.role, u.plan, k.scope
  FROM api_keys k
  JOIN users u ON u.id = k.owner
 WHERE k.hash = $1 AND k.ended_at IS NULL AND u.enabled AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
