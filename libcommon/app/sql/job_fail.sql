-- End an attempt that still holds without a result. $1 id, $2 attempt, $3 the state it gets ('queued': again after $4 milliseconds),
-- $5 error, $6 text, $7 explanation or null, $8 the attempt does not count. What ends for good leaves a copy of its ticket among the dead letters.
-- Gives: job.
WITH ended AS (
    UPDATE jobs j
       SET state = $3, error = $5, error_text = $6, attempts_most = j.attempts_most + $8::boolean::int,
           run_after = CASE WHEN $3 = 'queued' THEN clock_timestamp() + make_interval(secs => $4::float8 / 1000) END,
           due_at = CASE WHEN $3 = 'queued' THEN clock_timestamp() + make_interval(secs => $4::float8 / 1000) END,
           finished_at = CASE WHEN $3 = 'queued' THEN NULL ELSE clock_timestamp() END,
           explain = coalesce(j.explain || $7::jsonb, $7::jsonb, j.explain)
     WHERE j.id = $1::uuid
       AND j.attempt = $2::int
       AND j.state = 'running'
    RETURNING j.id, j.root, j.step, j.place, j.kind, j.trace, j.state
), dead AS (
    INSERT INTO outbox (job_id, kind, lane, trace)
    SELECT id, kind, 'dead', trace
      FROM ended
     WHERE state IN ('failed', 'unknown')
)
SELECT id, root, step, place, state
  FROM ended
