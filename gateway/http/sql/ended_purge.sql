-- Forget what no token, session or code can meet any more. $1 seconds that an access token lives.
WITH ends AS (DELETE FROM token_ends WHERE at < clock_timestamp() - make_interval(secs => $1::bigint)),
     codes AS (DELETE FROM oauth_codes WHERE expires_at < clock_timestamp() - make_interval(secs => $1::bigint))
DELETE FROM sessions WHERE expires_at < clock_timestamp() - interval '1 day'
