-- Who leaves, and whether it is the last enabled super_admin. $1 person. Gives: leaver.
SELECT id AS person, role,
       NOT EXISTS (SELECT FROM users o WHERE o.role = 'super_admin' AND o.enabled AND o.id <> u.id) AS last
  FROM users u
 WHERE id = $1::uuid
   FOR UPDATE
