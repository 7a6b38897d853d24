-- Whether one may act on an account: it is of a lower rank, or one is of the highest. The row is locked. $1 account, $2 role of who acts.
-- Gives: admin_target.
SELECT u.id, c.rank > t.rank OR c.rank = (SELECT max(rank) FROM roles) AS below
  FROM users u
  JOIN roles t ON t.name = u.role
  JOIN roles c ON c.name = $2
 WHERE u.id = $1::uuid
   FOR UPDATE OF u
