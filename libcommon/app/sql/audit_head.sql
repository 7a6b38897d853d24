-- The last link. Gives: audit_head.
SELECT seq, encode(hash, 'hex') AS hash
  FROM audit_links
 ORDER BY seq DESC
 LIMIT 1
