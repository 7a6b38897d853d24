-- Transcriptions of before $1 that have ended, the oldest first, at most $2. Gives: leaving_ask.
SELECT id, job_id
  FROM transcriptions
 WHERE created_at < $1::timestamptz
   AND status <> 'pending'
 ORDER BY created_at
 LIMIT $2::int
