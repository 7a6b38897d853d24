-- Revert palabre:transcriptions_found from pg
BEGIN;

DROP FUNCTION transcriptions_found(uuid, text, text);

COMMIT;
