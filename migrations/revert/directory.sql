-- Revert palabre:directory from pg
BEGIN;

DROP TABLE directory_roles, directory_users;

COMMIT;
