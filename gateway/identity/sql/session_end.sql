-- End a session of an account. $1 session, $2 account or null: anybody's, $3 why. Gives: session_ref.
UPDATE sessions
   SET ended_at = clock_timestamp(), ended_by = $3
 WHERE id = $1::uuid AND ($2::uuid IS NULL OR user_id = $2::uuid) AND ended_at IS NULL
RETURNING id
