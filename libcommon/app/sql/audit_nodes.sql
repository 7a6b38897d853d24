-- Complete subtrees in order. $1 their level, $2 how many are before, $3 how many. Gives: audit_hash.
SELECT encode(hash, 'hex') AS hash
  FROM audit_nodes
 WHERE level = $1::int
   AND place >= $2::bigint
   AND place < $2::bigint + $3::int
 ORDER BY place
