-- A live step of a flow, seen with its root locked: none can come any more. $1 id of the root.
-- Gives: job.
SELECT id
  FROM jobs
 WHERE root = $1::uuid
   AND step IS NOT NULL
   AND state IN ('queued', 'running')
 LIMIT 1
