-- Jobs and steps, newest first. $1 state, $2 kind or service, $3 owner's id, $4 the id that ended the page before; each of them or null.
-- $5 no steps, $6 how many at most.
-- Gives: job_row.
SELECT j.id, j.root, j.step, j.kind, j.lane, j.state, coalesce(u.email, j.owner::text) AS owner, j.attempt, j.attempts_most,
       j.percent, j.error, j.error_text, j.created_at, j.started_at, j.finished_at, j.run_after
  FROM jobs j
  LEFT JOIN users u ON u.id = j.owner
 WHERE ($1::text IS NULL OR j.state = $1)
   AND ($2::text IS NULL OR j.kind = $2 OR starts_with(j.kind, $2 || '.'))
   AND ($3::uuid IS NULL OR j.owner = $3::uuid)
   AND ($4::uuid IS NULL OR j.id < $4::uuid)
   AND (j.step IS NULL OR NOT $5::boolean)
 ORDER BY j.id DESC
 LIMIT $6::int
