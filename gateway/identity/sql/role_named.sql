-- A role by its name or what others call it, and whether one may give it: it is of a lower rank than one's own, or one is of the highest.
-- $1 name, $2 role of who gives. Gives: role_found.
SELECT r.name, c.rank > r.rank OR c.rank = (SELECT max(rank) FROM roles) AS below
  FROM roles r, roles c
 WHERE r.name = coalesce((SELECT role FROM role_names WHERE name = lower($1)), lower($1)) AND c.name = $2
