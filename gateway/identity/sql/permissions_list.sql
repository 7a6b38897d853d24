-- All permissions. Gives: permission_row.
SELECT code, about, about AS description
  FROM permissions
 ORDER BY code
