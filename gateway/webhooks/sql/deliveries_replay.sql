-- Send again what failed of a webhook's deliveries, the oldest first; not its tests. $1 webhook, $2 since, $3 how many at most. Gives: sent.
WITH old AS (
    SELECT d.id
      FROM webhook_deliveries d
      JOIN webhook_messages m ON m.id = d.message
     WHERE d.endpoint = $1::uuid
       AND d.state = 'failed'
       AND d.created_at >= $2::timestamptz
       AND m.type <> 'webhook.test'
     ORDER BY d.id
     LIMIT $3::int
       FOR UPDATE OF d
), again AS (
    UPDATE webhook_deliveries d
       SET state = 'pending', tries = 0, fence = 0, job_id = uuid_v7(), error = NULL, next_at = NULL, ended_at = NULL
      FROM old
     WHERE d.id = old.id
    RETURNING d.id, d.endpoint, d.job_id
)
SELECT a.id AS delivery, a.job_id, 'batch' AS lane, webhook_job(a.job_id, a.id, e.owner, 'batch') AS outbox
  FROM again a
  JOIN webhook_endpoints e ON e.id = a.endpoint
