-- Keep complete subtrees. $1 their level, $2 the place of the first, $3 their hashes in hex.
INSERT INTO audit_nodes (level, place, hash)
SELECT $1::int, $2::bigint + n - 1, decode(hash, 'hex')
  FROM unnest($3::text[]) WITH ORDINALITY AS t (hash, n)
