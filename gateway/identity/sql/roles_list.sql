-- The roles and what each may do. Gives: role_row.
SELECT r.name, r.about, r.rank, string_agg(g.permission, ' ' ORDER BY g.permission) AS permissions
  FROM roles r
  LEFT JOIN role_permissions g ON g.role = r.name
 GROUP BY r.name, r.about, r.rank
 ORDER BY r.rank
