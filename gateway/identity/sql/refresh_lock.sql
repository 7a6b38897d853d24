-- Whoever continues a session goes one after the other. $1 hash of a refresh token. Gives: session_ref.
SELECT s.id
  FROM sessions s
 WHERE s.id = (SELECT session_id FROM refresh_tokens WHERE hash = $1)
   FOR UPDATE
