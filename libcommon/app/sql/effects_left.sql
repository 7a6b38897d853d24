-- Jobs succeeded: what attempts before began and died with is not known to have happened, and nobody goes back to it. $1 jobs.
UPDATE effects
   SET state = 'failed', error = 'LEFT', ended_at = clock_timestamp()
 WHERE job_id = ANY ($1::uuid[])
   AND state = 'begun'
