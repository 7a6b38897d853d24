-- Verify palabre:asks on pg
BEGIN;
SELECT id, owner, job_id, recording, text, question, material, language, created_at FROM asks WHERE false;
ROLLBACK;
