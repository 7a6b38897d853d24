-- Leaves of the tree in order. $1 how many are before, $2 how many. Gives: audit_hash.
SELECT encode(leaf, 'hex') AS hash
  FROM audit_links
 WHERE seq > $1::bigint
   AND seq <= $1::bigint + $2::int
 ORDER BY seq
