-- Let a role do nothing but this any more. $1 role, $2 permissions with spaces.
DELETE FROM role_permissions
 WHERE role = $1 AND permission <> ALL (string_to_array($2, ' '))
