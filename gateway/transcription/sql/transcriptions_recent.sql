-- The newest five of a person. $1 owner. Gives: transcription_recent.
SELECT id, video_url, status, created_at
  FROM transcription_rows
 WHERE user_id = $1::uuid
 ORDER BY id DESC
 LIMIT 5
