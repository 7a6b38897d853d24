-- Verify palabre:quotas on pg
BEGIN;

SELECT owner, day, tokens FROM token_use WHERE false;
SELECT 1 / count(*) FROM pg_trigger WHERE tgname = 'jobs_tokens';

ROLLBACK;
