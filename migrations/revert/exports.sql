-- Revert palabre:exports from pg
BEGIN;

DROP TABLE transcription_exports;
DROP FUNCTION transcription_export_gone();

COMMIT;
