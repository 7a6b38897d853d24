-- Revert palabre:roles from pg
BEGIN;

DROP VIEW accounts;
CREATE VIEW accounts AS
SELECT id, email, username, trigramme, name, name AS full_name, first_name, last_name, role, plan, organization, department,
       role IN ('admin', 'super_admin') AS is_admin, enabled, enabled AS is_active, must_change_password, password_changed_at,
       directory_dn IS NOT NULL AS is_ldap_user, created_at, updated_at, last_login_at AS last_login,
       token_version::bigint AS token_version, password_hash
  FROM users;
ALTER TABLE users DROP password_until;
DELETE FROM role_permissions WHERE permission = 'roles:manage';
DELETE FROM permissions WHERE code = 'roles:manage';
DELETE FROM role_names WHERE name IN ('builder', 'viewer');
UPDATE users SET role = 'user' WHERE role IN (SELECT name FROM roles WHERE NOT system);
DELETE FROM roles WHERE NOT system;
ALTER TABLE roles DROP system;

COMMIT;
