-- What has failed gets another job. $1 id, $2 the job it had, $3 the one it gets. Gives: transcription_ref.
UPDATE transcriptions
   SET job_id = $3::uuid, status = 'pending', error = NULL, error_code = NULL, updated_at = clock_timestamp()
 WHERE id = $1::uuid
   AND job_id = $2::uuid
   AND status = 'failed'
RETURNING id
