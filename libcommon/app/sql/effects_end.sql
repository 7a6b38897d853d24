-- End effects that these attempts began, in the transaction that ends their jobs. $1 jobs, $2 names, $3 attempts,
-- $4 results (null: the attempt did without), $5 costs or nulls.
UPDATE effects e
   SET state = CASE WHEN x.result IS NULL THEN 'failed' ELSE 'done' END, error = CASE WHEN x.result IS NULL THEN 'UNUSED' END,
       result = x.result::jsonb, cost_micro = x.cost_micro, ended_at = clock_timestamp()
  FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::bigint[]) AS x (job_id, name, attempt, result, cost_micro)
 WHERE e.job_id = x.job_id
   AND e.name = x.name
   AND e.attempt = x.attempt
   AND e.state = 'begun'
