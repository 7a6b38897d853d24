-- Claim running jobs whose worker is gone: its session no longer holds its life lock. $1 ids, $2 worker, $3 lease in seconds.
-- Gives: job.
WITH free AS (
    SELECT id
      FROM jobs
     WHERE id = ANY ($1::uuid[])
       AND CASE WHEN state = 'running' AND worker <> $2 AND attempt < attempts_most
                THEN pg_try_advisory_xact_lock(hashtextextended(worker, 0)) ELSE false END
       FOR UPDATE SKIP LOCKED
)
UPDATE jobs j
   SET attempt = j.attempt + 1, worker = $2, due_at = clock_timestamp() + make_interval(secs => $3::int)
  FROM free
 WHERE j.id = free.id
   AND j.state = 'running'
RETURNING j.id, j.root, j.step, j.place, j.kind, j.lane, j.state, j.owner, j.input, j.trace, j.attempt, j.attempts_most,
          j.created_at, j.deadline_at
