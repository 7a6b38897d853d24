-- What the workers of a job or flow decided, in order. $1 id of the root. Gives: job_reason.
SELECT j.id AS job_id, j.step, e.why
  FROM jobs j
 CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(j.explain) WHEN 'array' THEN j.explain ELSE '[]' END)
       WITH ORDINALITY AS e (why, place)
 WHERE j.id = $1::uuid OR (j.root = $1::uuid AND j.step IS NOT NULL)
 ORDER BY j.step IS NOT NULL, j.place, e.place
