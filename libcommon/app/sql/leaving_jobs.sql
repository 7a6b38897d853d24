-- Jobs and flows forget what they were about; when, by whom, how long and at which price stays. $1 ids of the roots.
UPDATE jobs
   SET input = '{}', steps = NULL, result = NULL, explain = NULL, error_text = NULL
 WHERE id = ANY ($1::uuid[])
    OR (root = ANY ($1::uuid[]) AND step IS NOT NULL)
