-- A refresh token gives way to the next. $1 its hash, $2 the next one's, $3 session.
WITH old AS (UPDATE refresh_tokens SET used_at = clock_timestamp() WHERE hash = $1),
     session AS (UPDATE sessions SET used_at = clock_timestamp() WHERE id = $3::uuid)
INSERT INTO refresh_tokens (hash, session_id, parent) VALUES ($2, $3::uuid, $1)
