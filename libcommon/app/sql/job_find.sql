-- A job. $1 id. Gives: job.
SELECT id, root, step, place, kind, lane, state, owner, input, steps, result, explain, error, error_text, attempt, attempts_most,
       percent, worker, trace, created_at, started_at, finished_at, run_after, deadline_at, due_at
  FROM jobs
 WHERE id = $1::uuid
