-- Files that jobs or flows worked on or made. $1 ids of the roots. Gives: leaving_key.
SELECT DISTINCT f.key
  FROM jobs j
  LEFT JOIN effects e ON e.job_id = j.id
 CROSS JOIN LATERAL (VALUES (j.input ->> 'file'), (j.result ->> 'file'), (e.result ->> 'file')) AS f (key)
 WHERE (j.id = ANY ($1::uuid[]) OR (j.root = ANY ($1::uuid[]) AND j.step IS NOT NULL))
   AND f.key IS NOT NULL
