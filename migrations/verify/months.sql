-- Verify palabre:months on pg
BEGIN;
SELECT partitions_drop('2000-01-01');
SELECT 1 / count(*) FROM pg_proc WHERE proname = 'partitions_drop' AND prosrc LIKE '%files_left%';
ROLLBACK;
