-- Verify palabre:transcriptions on pg
BEGIN;
SELECT key, drop_at FROM files_left WHERE false;
SELECT owner, n FROM transcription_counts WHERE false;
SELECT id, owner, job_id, asked, source_type, video_url, original_filename, recording, title, language, detected_language, engine, model, status, text, edited,
       words, segments, confidence, duration_seconds, speaker_count, mock, cost_micro, error, error_code, retry_count, revision, told, created_at, updated_at,
       completed_at FROM transcriptions WHERE false;
SELECT step, step_percent, is_measured FROM transcription_rows WHERE false;
SELECT transcription, revision, segment, text, speaker, text_before, speaker_before, editor, made_at FROM transcription_edits WHERE false;
SELECT id, owner, filename, type, sha256, size, received, parts, transcription, created_at, updated_at FROM uploads WHERE false;
SELECT upload, at, key FROM upload_parts WHERE false;
SELECT 1 / count(*) FROM pg_trigger WHERE tgname = 'jobs_transcription' AND tgrelid = 'jobs'::regclass;
SELECT 1 / count(*) FROM role_permissions WHERE role = 'user' AND permission = 'transcriptions:read:own';
ROLLBACK;
