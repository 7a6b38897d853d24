-- A delivery of an account. $1 id, $2 its webhook, $3 account. Gives: delivery.
SELECT d.id, d.message, m.type, d.state, d.attempts, d.status_code, d.error, m.payload::json AS payload, d.next_at, d.created_at, d.ended_at
  FROM webhook_deliveries d
  JOIN webhook_endpoints e ON e.id = d.endpoint
  JOIN webhook_messages m ON m.id = d.message
 WHERE d.id = $1::uuid
   AND e.id = $2::uuid
   AND e.owner = $3::uuid
