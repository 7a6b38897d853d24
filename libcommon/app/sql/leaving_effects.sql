-- What jobs and flows got from outside is forgotten. $1 ids of the roots.
UPDATE effects e
   SET result = NULL
  FROM jobs j
 WHERE e.job_id = j.id
   AND (j.id = ANY ($1::uuid[]) OR (j.root = ANY ($1::uuid[]) AND j.step IS NOT NULL))
