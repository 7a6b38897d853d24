-- End all sessions of an account, and the codes that would begin others. $1 account. Gives: session_ref.
WITH codes AS (
    DELETE FROM oauth_codes WHERE user_id = $1::uuid AND session_id IS NULL
)
UPDATE sessions
   SET ended_at = clock_timestamp(), ended_by = 'password'
 WHERE user_id = $1::uuid AND ended_at IS NULL
RETURNING id
