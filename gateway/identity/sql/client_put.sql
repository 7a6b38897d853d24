-- Register a program. $1 id, $2 name, $3 hash of its secret or null.
INSERT INTO oauth_clients (id, name, secret) VALUES ($1, $2, $3)
