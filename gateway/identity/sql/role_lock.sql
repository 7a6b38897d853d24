-- A role that is to be changed: whether it is the system's, and below that of who acts. The row is locked. $1 name, $2 role of who acts.
-- Gives: role_found.
SELECT r.name, r.system AS is_system, c.rank > r.rank AS below
  FROM roles r
  JOIN roles c ON c.name = $2
 WHERE r.name = $1
   FOR UPDATE OF r
