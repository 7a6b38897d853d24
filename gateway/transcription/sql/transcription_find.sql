-- A transcription. $1 id. Gives: transcription.
SELECT id, user_id, job_id, video_url, language, source_type, original_filename, recording, title, status, text, error_text, error_code, detected_language,
       engine, model, confidence, duration_seconds, retry_count, speaker_count, revision, cost_micro, mock, created_at, updated_at, completed_at,
       step, step_place, step_percent, is_measured, started_at, seen_at
  FROM transcription_rows
 WHERE id = $1::uuid
