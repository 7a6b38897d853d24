-- Verify palabre:works_end on pg
BEGIN;

SELECT 1 / count(*) FROM pg_proc WHERE proname = 'transcription_export_gone' AND prosrc LIKE '%cancelled%';

ROLLBACK;
