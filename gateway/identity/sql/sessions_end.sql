-- End all sessions of an account but one. $1 account, $2 the one that stays or null, $3 why. Gives: session_ref.
UPDATE sessions
   SET ended_at = clock_timestamp(), ended_by = $3
 WHERE user_id = $1::uuid AND id IS DISTINCT FROM $2::uuid AND ended_at IS NULL
RETURNING id
