-- Keep a code. $1 hash, $2 client, $3 account, $4 where it went, $5 challenge, $6 scope or null, $7 seconds it is good.
INSERT INTO oauth_codes (hash, client_id, user_id, redirect_uri, challenge, scope, expires_at)
VALUES ($1, $2, $3::uuid, $4, $5, $6, clock_timestamp() + make_interval(secs => $7::int))
