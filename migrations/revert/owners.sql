-- Revert palabre:owners from pg
BEGIN;

DROP INDEX jobs_owner;

COMMIT;
