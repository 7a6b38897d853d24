-- Forget a program. $1 id. Gives: client_name.
DELETE FROM oauth_clients
 WHERE id = $1
RETURNING name
