-- Verify palabre:exports on pg
BEGIN;
SELECT transcription, revision, form, job_id, made_at FROM transcription_exports WHERE false;
ROLLBACK;
