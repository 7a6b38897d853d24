-- Flows and single jobs that ended failed or unknown, the last to end first, each with its step that failed. $1 error, $2 kind or service
-- of it or of that step; each of them or null. $3 whether those that ended unknown, $4 how many at most.
-- Gives: dead_job.
SELECT j.id, j.kind, s.kind AS failed_kind, j.state, j.error, j.error_text, coalesce(u.email, j.owner::text) AS owner,
       coalesce(s.attempt, j.attempt) AS attempt, j.created_at, j.finished_at
  FROM jobs j
  LEFT JOIN users u ON u.id = j.owner
  LEFT JOIN LATERAL (
       SELECT t.kind, t.attempt
         FROM jobs t
        WHERE t.root = j.id
          AND t.step IS NOT NULL
        ORDER BY t.place DESC
        LIMIT 1) AS s ON j.steps IS NOT NULL
 WHERE j.step IS NULL
   AND (j.state = 'failed' OR (j.state = 'unknown' AND $3::boolean))
   AND ($1::text IS NULL OR j.error = $1)
   AND ($2::text IS NULL OR $2 IN (j.kind, s.kind) OR starts_with(j.kind, $2 || '.') OR starts_with(s.kind, $2 || '.'))
 ORDER BY j.finished_at DESC NULLS LAST, j.id DESC
 LIMIT $4::int
