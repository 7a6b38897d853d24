-- Where a program may be answered. $1 its id, $2 address.
INSERT INTO oauth_redirects (client_id, uri) VALUES ($1, $2)
ON CONFLICT DO NOTHING
