-- Begin an effect of an attempt that still holds; what is done stays done. $1 job, $2 name, $3 attempt. Gives: effect_row.
-- FOR SHARE: a cancel waits for us or we see it.
WITH job AS (
    SELECT id
      FROM jobs
     WHERE id = $1::uuid
       AND attempt = $3::int
       AND state = 'running'
       FOR SHARE
), before AS (
    SELECT state, attempt
      FROM effects
     WHERE job_id = $1::uuid
       AND name = $2
), now AS (
    INSERT INTO effects AS e (job_id, name, attempt, state)
    SELECT id, $2, $3::int, 'begun'
      FROM job
        ON CONFLICT (job_id, name) DO UPDATE
       SET attempt = CASE WHEN e.state = 'done' THEN e.attempt ELSE EXCLUDED.attempt END,
           state = CASE WHEN e.state = 'done' THEN 'done' ELSE 'begun' END,
           begun_at = CASE WHEN e.state = 'done' THEN e.begun_at ELSE EXCLUDED.begun_at END
    RETURNING state, result
)
SELECT now.state, now.result, before.state AS before, before.attempt AS before_attempt
  FROM now
  LEFT JOIN before ON true
