-- Let a role do something more. $1 role, $2 permissions with spaces.
INSERT INTO role_permissions (role, permission)
SELECT $1, code
  FROM permissions
 WHERE code = ANY (string_to_array($2, ' '))
    ON CONFLICT DO NOTHING
