-- Revert palabre:users from pg
BEGIN;
DROP TABLE users;
COMMIT;
