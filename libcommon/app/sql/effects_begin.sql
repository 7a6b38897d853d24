-- Begin effects of attempts that still hold; what is done stays done. $1 jobs, $2 names, $3 attempts. Gives: effect_row.
-- FOR SHARE: a cancel waits for us or we see it.
WITH asked AS (
    SELECT *
      FROM unnest($1::uuid[], $2::text[], $3::int[]) AS a (job_id, name, attempt)
), job AS (
    SELECT j.id, asked.name, asked.attempt
      FROM asked
      JOIN jobs j ON j.id = asked.job_id AND j.attempt = asked.attempt
     WHERE j.state = 'running'
     ORDER BY j.id
       FOR SHARE OF j
), before AS (
    SELECT e.job_id, e.name, e.state, e.attempt
      FROM asked
      JOIN effects e ON e.job_id = asked.job_id AND e.name = asked.name
), now AS (
    INSERT INTO effects AS e (job_id, name, attempt, state)
    SELECT id, name, attempt, 'begun'
      FROM job
        ON CONFLICT (job_id, name) DO UPDATE
       SET attempt = CASE WHEN e.state = 'done' THEN e.attempt ELSE EXCLUDED.attempt END,
           state = CASE WHEN e.state = 'done' THEN 'done' ELSE 'begun' END,
           begun_at = CASE WHEN e.state = 'done' THEN e.begun_at ELSE EXCLUDED.begun_at END
    RETURNING job_id, name, state, result
)
SELECT now.job_id, now.name, now.state, now.result, before.state AS before, before.attempt AS before_attempt
  FROM now
  LEFT JOIN before ON before.job_id = now.job_id AND before.name = now.name
