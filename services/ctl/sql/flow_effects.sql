-- What a job or the steps of a flow did outside. $1 id of the root. Gives: job_effect.
SELECT e.job_id, j.step, e.name, e.state, e.attempt, e.error, coalesce(e.cost_micro, (-9223372036854775808)::bigint) AS cost_micro,
       e.begun_at, e.ended_at
  FROM jobs j
  JOIN effects e ON e.job_id = j.id
 WHERE j.id = $1::uuid OR (j.root = $1::uuid AND j.step IS NOT NULL)
 ORDER BY e.begun_at
