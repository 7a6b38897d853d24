-- Verify palabre:partitions on pg
BEGIN;
SELECT 1 / count(*) FROM pg_partitioned_table WHERE partrelid = 'jobs'::regclass;
SELECT 1 / count(*) FROM pg_partitioned_table WHERE partrelid = 'effects'::regclass;
SELECT partitions_turn(0);
ROLLBACK;
