-- A transcription with all that was heard. $1 id. Gives: opened_row.
SELECT id, user_id AS owner, title, video_url, original_filename, coalesce(detected_language, nullif(language, 'auto')) AS language, engine, status, text, words, segments,
       confidence, duration_seconds, revision, created_at, completed_at
  FROM transcription_rows
 WHERE id = $1::uuid
