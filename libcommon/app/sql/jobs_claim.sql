-- Claim those of some jobs that wait for a worker, and begin the effects that their first attempt is sure to begin.
-- $1 ids, $2 worker, $3 lease in seconds, $4 kinds that begin one, $5 its name for each of them. Gives: job.
-- SKIP LOCKED: a row that somebody else works on right now needs no second claim.
WITH free AS (
    SELECT id
      FROM jobs
     WHERE id = ANY ($1::uuid[])
       AND state = 'queued'
       AND (run_after IS NULL OR run_after <= clock_timestamp())
       AND (deadline_at IS NULL OR deadline_at > clock_timestamp())
       FOR UPDATE SKIP LOCKED
), mine AS (
    UPDATE jobs j
       SET state = 'running', attempt = j.attempt + 1, worker = $2, started_at = coalesce(j.started_at, clock_timestamp()),
           due_at = clock_timestamp() + make_interval(secs => $3::int)
      FROM free
     WHERE j.id = free.id
    RETURNING j.id, j.root, j.step, j.place, j.kind, j.lane, j.state, j.owner, j.input, j.trace, j.attempt, j.attempts_most,
              j.created_at, j.deadline_at
), begun AS (
    INSERT INTO effects (job_id, name, attempt, state)
    SELECT mine.id, first.name, 1, 'begun'
      FROM unnest($4::text[], $5::text[]) AS first (kind, name)
      JOIN mine ON mine.kind = first.kind
     WHERE mine.attempt = 1
    RETURNING job_id, name
)
SELECT mine.*, begun.name AS effect
  FROM mine
  LEFT JOIN begun ON begun.job_id = mine.id
