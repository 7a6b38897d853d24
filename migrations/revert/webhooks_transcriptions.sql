-- Revert palabre:webhooks_transcriptions from pg
BEGIN;
DROP TRIGGER transcriptions_told ON transcriptions;
DROP FUNCTION transcription_told();
COMMIT;
