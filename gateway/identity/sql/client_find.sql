-- A program that people log in to. $1 id. Gives: oauth_client.
SELECT id, name, secret
  FROM oauth_clients
 WHERE id = $1 AND enabled
