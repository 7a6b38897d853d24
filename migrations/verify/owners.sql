-- Verify palabre:owners on pg
BEGIN;

SELECT 1 / count(*) FROM pg_class WHERE relname = 'jobs_owner';

ROLLBACK;
