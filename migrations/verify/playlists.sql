-- Verify palabre:playlists on pg
BEGIN;
SELECT id, owner, asked, url, language, captions, steps, created_at FROM playlists WHERE false;
SELECT playlist, place, video_id, title, url, duration_s, captions_job, transcription FROM playlist_videos WHERE false;
SELECT playlist, place, transcription_id, status, error_code, provider, language, is_manual, confidence, mock, text FROM playlist_rows WHERE false;
SELECT 1 / (count(*) / 3) FROM pg_trigger WHERE tgname IN ('jobs_playlist', 'jobs_uncaptioned', 'jobs_captured') AND tgrelid = 'jobs'::regclass;
SELECT 1 / count(*) FROM pg_proc WHERE proname = 'partitions_turn' AND prosrc LIKE '%playlists%';
ROLLBACK;
