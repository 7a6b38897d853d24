-- Begin a session with its first refresh token. $1 session, $2 account, $3 client or null, $4 scope or null, $5 address, $6 user agent,
-- $7 seconds it lives at most, $8 hash of the token, $9 a better hash of the password or null.
WITH account AS (
    UPDATE users SET last_login_at = clock_timestamp(), password_hash = coalesce($9, password_hash) WHERE id = $2::uuid),
     session AS (
    INSERT INTO sessions (id, user_id, client_id, scope, address, agent, expires_at)
    VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => $7::bigint))
    RETURNING id)
INSERT INTO refresh_tokens (hash, session_id)
SELECT $8, id FROM session
