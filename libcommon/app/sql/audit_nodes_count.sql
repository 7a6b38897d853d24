-- How many complete subtrees of a level are kept. $1 the level. Gives: audit_head.
SELECT coalesce(max(place) + 1, 0) AS seq
  FROM audit_nodes
 WHERE level = $1::int
