-- A job, or a flow with its steps in order. $1 id of any job of it. Gives: job_whole.
SELECT j.id, j.root, j.step, j.place, j.kind, j.lane, j.state, coalesce(u.email, j.owner::text) AS owner, j.attempt, j.attempts_most,
       j.percent, j.worker, j.error, j.error_text, j.created_at, j.started_at, j.finished_at, j.run_after,
       CASE WHEN j.state = 'running' THEN j.due_at END AS lease_until, CASE WHEN j.state <> 'running' THEN j.due_at END AS look_at,
       j.deadline_at, j.trace, j.input, j.result
  FROM jobs h
  JOIN jobs j ON j.id = h.root OR (j.root = h.root AND j.step IS NOT NULL)
  LEFT JOIN users u ON u.id = j.owner
 WHERE h.id = $1::uuid
 ORDER BY j.step IS NOT NULL, j.place
