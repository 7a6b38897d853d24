-- Revert palabre:quotas from pg
BEGIN;

DROP TRIGGER jobs_tokens ON jobs;
DROP FUNCTION tokens_count();
DROP TABLE token_use;

COMMIT;
