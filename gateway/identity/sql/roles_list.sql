-- The roles and what each may do, the lowest first. $1 only this one, or null. Gives: role_row.
SELECT r.name AS id, r.name, r.about, r.about AS description, r.rank, r.system AS is_system,
       string_agg(g.permission, ' ' ORDER BY g.permission) AS granted
  FROM roles r
  LEFT JOIN role_permissions g ON g.role = r.name
 WHERE $1::text IS NULL OR r.name = $1
 GROUP BY r.name, r.about, r.rank, r.system
 ORDER BY r.rank, r.name
