-- Ended work of somebody who left that still says something, at most $2. $1 person. Gives: leaving_id.
SELECT id
  FROM jobs
 WHERE owner = $1::uuid
   AND id = root
   AND state NOT IN ('queued', 'running', 'waiting')
   AND (input <> '{}' OR result IS NOT NULL OR steps IS NOT NULL)
 LIMIT $2::int
