-- The session of a refresh token. $1 its hash. Gives: session_ref.
SELECT session_id AS id
  FROM refresh_tokens
 WHERE hash = $1
