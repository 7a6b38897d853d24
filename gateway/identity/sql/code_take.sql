-- Use a code, once: who comes second is told the session of the first. $1 hash, $2 session that would come of it. Gives: oauth_code.
WITH this AS (SELECT hash, session_id FROM oauth_codes WHERE hash = $1 FOR UPDATE),
     used AS (UPDATE oauth_codes c SET session_id = $2::uuid FROM this WHERE c.hash = this.hash AND c.session_id IS NULL)
SELECT c.client_id, c.user_id, c.redirect_uri, c.challenge, c.scope, this.session_id AS used_by, c.expires_at > clock_timestamp() AS fresh
  FROM oauth_codes c
  JOIN this ON this.hash = c.hash
