-- A link by its number. $1 number. Gives: audit_head.
SELECT seq, encode(hash, 'hex') AS hash
  FROM audit_links
 WHERE seq = $1::bigint
