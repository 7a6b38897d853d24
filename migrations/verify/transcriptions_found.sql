-- Verify palabre:transcriptions_found on pg
BEGIN;
SELECT id FROM transcriptions_found(NULL, NULL, NULL) WHERE false;
ROLLBACK;
