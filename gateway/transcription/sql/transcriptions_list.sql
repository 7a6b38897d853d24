-- Transcriptions of a person, newest first; texts only as far as they have $6 bytes in all. $1 owner, $2 status or null, $3 what is in
-- the title, address or file name, or null, $4 how many, $5 how many to pass over. Gives: transcription.
WITH page AS (
    SELECT id
      FROM transcriptions_found($1::uuid, $2, $3)
     ORDER BY id DESC
     LIMIT $4::int OFFSET $5::int
)
SELECT r.id, user_id, job_id, video_url, language, source_type, original_filename, title, status,
       CASE WHEN sum(text_bytes) OVER (ORDER BY r.id DESC) <= $6::bigint THEN text END AS text, error_text, error_code, detected_language, engine, model,
       confidence, duration_seconds, retry_count, speaker_count, revision, cost_micro, mock, created_at, updated_at, completed_at,
       step, step_place, step_percent, is_measured, started_at, seen_at, (SELECT n FROM transcription_counts WHERE owner = $1::uuid) AS owned
  FROM page
  JOIN transcription_rows r ON r.id = page.id
 ORDER BY r.id DESC
