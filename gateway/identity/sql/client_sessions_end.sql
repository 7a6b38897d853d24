-- End all sessions of a program. $1 its id. Gives: session_ref.
UPDATE sessions
   SET ended_at = clock_timestamp(), ended_by = 'revoked'
 WHERE client_id = $1 AND ended_at IS NULL
RETURNING id
