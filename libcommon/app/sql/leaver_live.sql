-- Work of somebody who left that goes on, at most $2. $1 person. Gives: leaving_id.
SELECT id
  FROM jobs
 WHERE owner = $1::uuid
   AND id = root
   AND state IN ('queued', 'running', 'waiting')
 LIMIT $2::int
