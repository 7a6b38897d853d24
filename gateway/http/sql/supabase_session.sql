-- A session of Supabase's, kept beyond the end of its newest token, so that one that was ended here is known for as long.
-- $1 session, $2 account, $3 address, $4 user agent, $5 when the token ends, seconds since 1970, $6 seconds beyond that.
-- Gives: supabase_account; its id is null when the session goes on.
WITH login AS (
    UPDATE users SET last_login_at = clock_timestamp() WHERE id = $2::uuid
)
INSERT INTO sessions AS s (id, user_id, address, agent, expires_at)
VALUES ($1::uuid, $2::uuid, $3, $4, to_timestamp($5::bigint) + make_interval(secs => $6::bigint))
    ON CONFLICT (id) DO UPDATE
   SET used_at = clock_timestamp(), expires_at = greatest(s.expires_at, EXCLUDED.expires_at)
 WHERE s.user_id = EXCLUDED.user_id
RETURNING CASE WHEN xmax = 0 THEN id END AS id
