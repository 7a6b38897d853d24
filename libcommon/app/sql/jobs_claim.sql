-- Claim those of some jobs that wait for a worker. $1 ids, $2 worker, $3 lease in seconds. Gives: job.
-- SKIP LOCKED: a row that somebody else works on right now needs no second claim.
WITH free AS (
    SELECT id
      FROM jobs
     WHERE id = ANY ($1::uuid[])
       AND state = 'queued'
       AND (run_after IS NULL OR run_after <= clock_timestamp())
       AND (deadline_at IS NULL OR deadline_at > clock_timestamp())
       FOR UPDATE SKIP LOCKED
)
UPDATE jobs j
   SET state = 'running', attempt = j.attempt + 1, worker = $2, started_at = coalesce(j.started_at, clock_timestamp()),
       due_at = clock_timestamp() + make_interval(secs => $3::int)
  FROM free
 WHERE j.id = free.id
RETURNING j.id, j.root, j.step, j.place, j.kind, j.lane, j.state, j.owner, j.input, j.trace, j.attempt, j.attempts_most,
          j.created_at, j.deadline_at
