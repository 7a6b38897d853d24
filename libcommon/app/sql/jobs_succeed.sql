-- End attempts that still hold. $1 ids, $2 attempts, $3 results, $4 explanations or nulls. Gives: job.
WITH mine AS (
    SELECT j.id, e.result, e.explain
      FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS e (id, attempt, result, explain)
      JOIN jobs j ON j.id = e.id AND j.attempt = e.attempt
     WHERE j.state = 'running'
     ORDER BY j.id
       FOR UPDATE OF j
)
UPDATE jobs j
   SET state = 'succeeded', result = mine.result::jsonb, percent = 100, finished_at = clock_timestamp(), due_at = NULL,
       error = NULL, error_text = NULL, explain = coalesce(j.explain || mine.explain::jsonb, mine.explain::jsonb, j.explain)
  FROM mine
 WHERE j.id = mine.id
RETURNING j.id
