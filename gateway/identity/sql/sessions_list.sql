-- Sessions of an account that can still go on, newest first. $1 account, $2 the one that asks or null. Gives: session_row.
SELECT id, client_id, address, agent, created_at, used_at, expires_at, coalesce(id = $2::uuid, false) AS current
  FROM sessions
 WHERE user_id = $1::uuid AND ended_at IS NULL AND expires_at > clock_timestamp()
 ORDER BY id DESC
 LIMIT 200
