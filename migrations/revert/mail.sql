-- Revert palabre:mail from pg
BEGIN;

DROP TRIGGER users_email_change ON users;
DROP TRIGGER users_password_changed ON users;
DROP FUNCTION user_email_changes();
DROP FUNCTION user_password_changed();
DROP TABLE account_tokens;
DROP VIEW accounts;
CREATE VIEW accounts AS
SELECT id, email, username, trigramme, name, name AS full_name, first_name, last_name, role, plan, organization, department,
       role IN ('admin', 'super_admin') AS is_admin, enabled, enabled AS is_active, must_change_password, password_changed_at,
       directory_dn IS NOT NULL AS is_ldap_user, created_at, updated_at, last_login_at AS last_login,
       token_version::bigint AS token_version, password_hash,
       must_change_password AND coalesce(password_until < clock_timestamp(), false) AS password_expired
  FROM users;
ALTER TABLE users DROP email_verified_at;

COMMIT;
