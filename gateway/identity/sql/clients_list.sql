-- The programs that people log in to. Gives: client_row.
SELECT c.id AS client_id, c.name, c.secret IS NOT NULL AS confidential, c.created_at,
       (SELECT string_agg(uri, ' ' ORDER BY uri) FROM oauth_redirects r WHERE r.client_id = c.id) AS redirect_uris
  FROM oauth_clients c
 ORDER BY c.id
 LIMIT 1000
