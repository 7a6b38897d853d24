-- Revert palabre:identity from pg
BEGIN;

DROP TRIGGER users_super_admin_deleted ON users;
DROP TRIGGER users_super_admin ON users;
DROP TRIGGER users_deleted ON users;
DROP TRIGGER users_change ON users;
DROP TABLE token_ends, api_keys, oauth_codes, refresh_tokens, sessions, oauth_redirects, oauth_clients;
DROP FUNCTION super_admin_stays();
DROP FUNCTION user_deleted();
DROP FUNCTION user_changes();
DROP FUNCTION session_ended();

DROP VIEW accounts;
ALTER TABLE users
    DROP CONSTRAINT users_role_fkey,
    DROP username, DROP trigramme, DROP first_name, DROP last_name, DROP organization, DROP department, DROP external_role,
    DROP directory_dn, DROP must_change_password, DROP password_changed_at, DROP updated_at, DROP last_login_at, DROP token_version;
UPDATE users SET role = 'user' WHERE role NOT IN ('user', 'agent', 'admin', 'super_admin');
ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('user', 'agent', 'admin', 'super_admin'));
DROP TABLE role_names, role_permissions, roles, permissions;

COMMIT;
