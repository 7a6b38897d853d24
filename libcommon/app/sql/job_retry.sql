-- Queue a job again that ended without a result; a flow goes on at its last step. $1 id of any job of it. The attempt goes on counting,
-- since it is the fencing token. Effects begun and not ended are forgotten: asking for a retry says so.
-- Gives: ticket.
WITH over AS (
    SELECT r.id, r.steps
      FROM jobs r
     WHERE r.id = (SELECT root FROM jobs WHERE id = $1::uuid)
       AND r.state IN ('failed', 'cancelled', 'expired', 'unknown')
       FOR UPDATE
), last AS (
    SELECT j.id
      FROM jobs j, over
     WHERE (over.steps IS NULL AND j.id = over.id)
        OR (j.root = over.id AND j.step IS NOT NULL
            AND j.place = (SELECT max(place) FROM jobs WHERE root = over.id AND step IS NOT NULL))
), queued AS (
    UPDATE jobs j
       SET state = 'queued', attempts_most = j.attempt + 5, run_after = NULL, deadline_at = NULL, percent = 0,
           error = NULL, error_text = NULL, finished_at = NULL, due_at = clock_timestamp() + interval '60 s'
      FROM last
     WHERE j.id = last.id
    RETURNING j.id, j.kind, j.lane, j.trace
), waiting AS (
    UPDATE jobs j
       SET state = 'waiting', deadline_at = NULL, error = NULL, error_text = NULL, finished_at = NULL, due_at = NULL
      FROM over
     WHERE j.id = over.id
       AND over.steps IS NOT NULL
), forgotten AS (
    UPDATE effects e
       SET state = 'failed', error = 'RETRIED'
      FROM queued
     WHERE e.job_id = queued.id
       AND e.state = 'begun'
)
INSERT INTO outbox (job_id, kind, lane, trace)
SELECT id, kind, lane, trace
  FROM queued
RETURNING id AS outbox, job_id, kind, lane, trace
