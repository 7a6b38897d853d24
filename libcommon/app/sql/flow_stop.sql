-- End a flow whose step ended without a result, unless that step was optional. $1 id of the root, $2 place of the step, $3 state, $4 error, $5 text.
-- Gives: job.
UPDATE jobs
   SET state = $3, error = $4, error_text = $5, finished_at = clock_timestamp(), due_at = NULL
 WHERE id = $1::uuid
   AND state = 'waiting'
   AND NOT coalesce((steps -> $2::int ->> 'optional')::boolean, false)
RETURNING id
