-- The steps of a flow, in order. $1 id of the root. Gives: job.
SELECT id, root, step, place, kind, lane, state, input, result, explain, error, error_text, attempt, attempts_most,
       percent, worker, created_at, started_at, finished_at, run_after, deadline_at, due_at
  FROM jobs
 WHERE root = $1::uuid
   AND step IS NOT NULL
 ORDER BY place
