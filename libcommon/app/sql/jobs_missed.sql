-- A live step of some flows, seen with their roots locked: none can come any more. $1 ids of the roots.
-- Gives: job.
SELECT id
  FROM jobs
 WHERE root = ANY ($1::uuid[])
   AND step IS NOT NULL
   AND state IN ('queued', 'running')
 LIMIT 1
