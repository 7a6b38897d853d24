-- Whether a token is still taken. $1 its session or null, $2 its account, $3 its version. Gives: standing_row.
SELECT u.enabled AND u.token_version <= $3::bigint
       AND ($1::uuid IS NULL OR EXISTS (SELECT FROM sessions s WHERE s.id = $1::uuid AND s.ended_at IS NULL)) AS stands
  FROM users u
 WHERE u.id = $2::uuid
