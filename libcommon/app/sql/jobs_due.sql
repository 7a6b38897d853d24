-- What the scheduler must look at: lost tickets and due retries (queued), ended leases (running), passed deadlines. Queued jobs get a new
-- ticket, ever more rarely. $1 how many at most. Gives: due_row.
WITH due AS (
    SELECT id
      FROM jobs
     WHERE due_at <= clock_timestamp()
     ORDER BY due_at
     LIMIT $1::int
       FOR UPDATE SKIP LOCKED
), looked AS (
    UPDATE jobs j
       SET state = CASE WHEN j.deadline_at <= clock_timestamp() THEN 'expired'
                        WHEN j.state = 'running' AND j.attempt >= j.attempts_most THEN 'failed'
                        WHEN j.state = 'running' THEN 'queued'
                        ELSE j.state END,
           error = CASE WHEN j.deadline_at <= clock_timestamp() THEN 'DEADLINE_PASSED'
                        WHEN j.state = 'running' AND j.attempt >= j.attempts_most THEN 'ATTEMPTS_SPENT'
                        ELSE j.error END,
           finished_at = CASE WHEN j.deadline_at <= clock_timestamp() OR (j.state = 'running' AND j.attempt >= j.attempts_most)
                              THEN clock_timestamp() END,
           due_at = CASE WHEN j.deadline_at <= clock_timestamp() OR (j.state = 'running' AND j.attempt >= j.attempts_most) THEN NULL
                         WHEN j.state = 'waiting' THEN j.deadline_at
                         ELSE LEAST(clock_timestamp() + interval '60 s' + (clock_timestamp() - coalesce(j.run_after, j.created_at)) / 2, j.deadline_at) END
      FROM due
     WHERE j.id = due.id
    RETURNING j.id, j.root, j.step, j.place, j.kind, j.lane, j.trace, j.state, j.error
), tickets AS (
    INSERT INTO outbox (job_id, kind, lane, trace)
    SELECT id, kind, CASE WHEN state = 'failed' THEN 'dead' ELSE lane END, trace
      FROM looked
     WHERE state IN ('queued', 'failed')
    RETURNING id, job_id, lane
)
SELECT looked.id, looked.root, looked.step, looked.place, looked.kind, looked.state, looked.error, looked.trace,
       tickets.id AS ticket, tickets.lane
  FROM looked
  LEFT JOIN tickets ON tickets.job_id = looked.id
