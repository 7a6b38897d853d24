-- What the roles may do. Gives: grant_row.
SELECT role, permission
  FROM role_permissions
