-- What a transcript is made of. $1 id. Gives: transcript_row.
SELECT id, user_id, title, video_url, original_filename, coalesce(detected_language, nullif(language, 'auto')) AS language, engine, status, text, words, segments,
       confidence, duration_seconds, revision, created_at, completed_at
  FROM transcription_rows
 WHERE id = $1::uuid
