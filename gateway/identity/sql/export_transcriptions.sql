-- Transcriptions of a person, the oldest first. $1 owner. Gives: export_ask.
SELECT id, job_id
  FROM transcriptions
 WHERE owner = $1::uuid
 ORDER BY id
