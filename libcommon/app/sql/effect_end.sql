-- End an effect that this attempt began. $1 job, $2 name, $3 attempt, $4 state, $5 result or null, $6 error or null, $7 cost or null.
-- Gives: effect_row.
UPDATE effects
   SET state = $4, result = $5::jsonb, error = $6, cost_micro = $7::bigint, ended_at = clock_timestamp()
 WHERE job_id = $1::uuid
   AND name = $2
   AND attempt = $3::int
   AND state = 'begun'
RETURNING state
