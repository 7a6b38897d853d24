-- What a job did outside. $1 job. Gives: effect_view.
SELECT name, state, error, attempt, cost_micro, begun_at, ended_at
  FROM effects
 WHERE job_id = $1::uuid
 ORDER BY begun_at
