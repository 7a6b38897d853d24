-- The newest transcription of a video that has a text. $1 owner, $2 its address, $3 YouTube's name for it, or null.
-- Gives: transcription_ref.
SELECT id
  FROM transcriptions
 WHERE owner = $1::uuid
   AND status = 'completed'
   AND (video_url = $2 OR (source_type = 'youtube' AND position($3 IN video_url) > 0))
 ORDER BY id DESC
 LIMIT 1
