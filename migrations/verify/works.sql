-- Verify palabre:works on pg
BEGIN;

SELECT 1 / count(*) FROM pg_trigger WHERE tgname = 'jobs_tokens' AND pg_get_triggerdef(oid) LIKE '%llm.\%%';
SELECT 1 / count(*) FROM pg_proc WHERE proname = 'transcription_export_gone' AND prosrc LIKE '%UPDATE jobs%';

ROLLBACK;
