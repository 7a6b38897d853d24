-- Revert palabre:transcriptions from pg
BEGIN;
DELETE FROM role_permissions WHERE permission LIKE 'transcriptions:%';
DELETE FROM permissions WHERE code LIKE 'transcriptions:%';
DROP TABLE upload_parts, uploads, transcription_edits;
DROP VIEW transcription_rows;
DROP TRIGGER jobs_transcription ON jobs;
DROP TABLE transcriptions, transcription_counts, files_left;
DROP FUNCTION transcription_counted, upload_part_deleted, transcription_deleted, transcription_follows, transcription_begun, transcription_step;
COMMIT;
