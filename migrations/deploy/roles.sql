-- Deploy palabre:roles to pg
-- Roles that people make beside those of the system, and temporary passwords that end.
BEGIN;

ALTER TABLE roles ADD system boolean NOT NULL DEFAULT false;    -- ours: nobody changes or deletes it
UPDATE roles SET system = true;

-- What FoyerGPT calls its own.
INSERT INTO role_names (name, role) VALUES ('builder', 'user'), ('viewer', 'user');

INSERT INTO permissions (code, about) VALUES ('roles:manage', 'Make, change and delete roles below one''s own.');
INSERT INTO role_permissions (role, permission) VALUES ('admin', 'roles:manage');

-- After it a temporary password opens nothing; NULL: it has no end.
ALTER TABLE users ADD password_until timestamptz;

CREATE OR REPLACE VIEW accounts AS
SELECT id, email, username, trigramme, name, name AS full_name, first_name, last_name, role, plan, organization, department,
       role IN ('admin', 'super_admin') AS is_admin, enabled, enabled AS is_active, must_change_password, password_changed_at,
       directory_dn IS NOT NULL AS is_ldap_user, created_at, updated_at, last_login_at AS last_login,
       token_version::bigint AS token_version, password_hash,
       must_change_password AND coalesce(password_until < clock_timestamp(), false) AS password_expired
  FROM users;

COMMIT;
