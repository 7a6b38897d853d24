-- Verify palabre:identity on pg
BEGIN;
SELECT code, about FROM permissions WHERE false;
SELECT name, rank, about FROM roles WHERE false;
SELECT role, permission FROM role_permissions WHERE false;
SELECT name, role FROM role_names WHERE false;
SELECT username, trigramme, first_name, last_name, organization, department, external_role, directory_dn, must_change_password,
       password_changed_at, updated_at, last_login_at, token_version FROM users WHERE false;
SELECT is_active, is_admin, token_version FROM accounts WHERE false;
SELECT id, name, secret, enabled, created_at FROM oauth_clients WHERE false;
SELECT client_id, uri FROM oauth_redirects WHERE false;
SELECT id, user_id, client_id, scope, address, agent, created_at, used_at, expires_at, ended_at, ended_by FROM sessions WHERE false;
SELECT hash, session_id, parent, created_at, used_at FROM refresh_tokens WHERE false;
SELECT hash, client_id, user_id, redirect_uri, challenge, scope, expires_at, session_id FROM oauth_codes WHERE false;
SELECT id, owner, name, start, hash, scope, created_at, expires_at, used_at, ended_at FROM api_keys WHERE false;
SELECT id, subject, version, at FROM token_ends WHERE false;
SELECT 1 / count(*) FROM role_permissions WHERE role = 'super_admin' AND permission = '*';
ROLLBACK;
