-- Send webhook.test to a webhook of an account, unless another test is under way; behind webhooks_lock, since a statement does not see what was
-- put while it waited. $1 id, $2 account. Gives: sent.
WITH free AS (
    SELECT e.id, e.owner
      FROM webhook_endpoints e
     WHERE e.id = $1::uuid
       AND e.owner = $2::uuid
       AND NOT EXISTS (SELECT FROM webhook_deliveries d
                         JOIN webhook_messages m ON m.id = d.message
                        WHERE d.endpoint = e.id
                          AND d.id > uuid_at(clock_timestamp() - interval '2 minutes')
                          AND d.state = 'pending'
                          AND m.type = 'webhook.test')
)
SELECT s.delivery, s.job_id, 'live' AS lane, s.outbox
  FROM free,
       LATERAL webhook_send(webhook_message(free.owner, 'webhook.test', jsonb_build_object('webhook', free.id)), free.id, free.owner, 'live') s
