-- Send a delivery again that has ended: another job, another round of attempts. $1 id. Gives: sent.
WITH again AS (
    UPDATE webhook_deliveries
       SET state = 'pending', tries = 0, fence = 0, job_id = uuid_v7(), error = NULL, next_at = NULL, ended_at = NULL
     WHERE id = $1::uuid
       AND state <> 'pending'
    RETURNING id, endpoint, job_id
)
SELECT a.id AS delivery, a.job_id, 'batch' AS lane, webhook_job(a.job_id, a.id, e.owner, 'batch') AS outbox
  FROM again a
  JOIN webhook_endpoints e ON e.id = a.endpoint
