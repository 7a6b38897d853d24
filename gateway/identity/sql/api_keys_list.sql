-- Keys of an account that were not ended, newest first. $1 account. Gives: api_key.
SELECT id, name, start, scope, created_at, expires_at, used_at
  FROM api_keys
 WHERE owner = $1::uuid AND ended_at IS NULL
 ORDER BY id DESC
 LIMIT 200
