-- End jobs for good, each with its whole flow. $1 ids of any jobs of them. Steps are locked before their roots, and each by its id, as every end does.
-- Gives: job.
WITH here AS (
    SELECT DISTINCT root
      FROM jobs
     WHERE id = ANY ($1::uuid[])
), live AS (
    SELECT j.id
      FROM jobs j, here
     WHERE (j.id = here.root OR (j.root = here.root AND j.step IS NOT NULL))
       AND j.state IN ('queued', 'running', 'waiting')
     ORDER BY j.steps IS NOT NULL, j.id
       FOR UPDATE OF j
)
UPDATE jobs j
   SET state = 'cancelled', error = 'CANCELLED', error_text = NULL, finished_at = clock_timestamp(), due_at = NULL
  FROM live
 WHERE j.id = live.id
RETURNING j.id, j.root, j.step, j.state
