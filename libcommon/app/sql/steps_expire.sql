-- End the live steps of a flow that expired. $1 id of the root.
UPDATE jobs
   SET state = 'expired', error = 'DEADLINE_PASSED', finished_at = clock_timestamp(), due_at = NULL
 WHERE root = $1::uuid
   AND step IS NOT NULL
   AND state IN ('queued', 'running')
