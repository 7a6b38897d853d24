-- What a role may do, * spelt out. $1 role. Gives: permission_row.
SELECT p.code, p.about
  FROM permissions p
 WHERE p.code <> '*' AND EXISTS (SELECT FROM role_permissions g WHERE g.role = $1 AND g.permission IN (p.code, '*'))
 ORDER BY p.code
