-- All permissions. Gives: permission_row.
SELECT code, about
  FROM permissions
 ORDER BY code
