-- Revert palabre:directory from pg
BEGIN;

UPDATE users SET role = 'user' WHERE role IN ('medecin', 'infirmier', 'secretaire');
ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('user', 'agent', 'admin', 'super_admin'));
DROP TABLE directory_roles, directory_users;

COMMIT;
