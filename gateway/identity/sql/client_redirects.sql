-- Where a program may be answered. $1 its id. Gives: client_redirect.
SELECT uri
  FROM oauth_redirects
 WHERE client_id = $1
 ORDER BY uri
