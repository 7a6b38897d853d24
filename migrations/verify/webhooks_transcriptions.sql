-- Verify palabre:webhooks_transcriptions on pg
BEGIN;
SELECT 1 / count(*) FROM pg_trigger WHERE tgname = 'transcriptions_told' AND tgrelid = 'transcriptions'::regclass;
ROLLBACK;
