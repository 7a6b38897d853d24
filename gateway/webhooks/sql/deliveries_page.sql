-- A page of a webhook's deliveries, newest first, and how many there are. $1 webhook, $2 state or null, $3 before this one or null, $4 how many.
-- Gives: delivery_row.
SELECT d.id, d.message, m.type, d.state, d.attempts, d.status_code, d.error, d.next_at, d.created_at, d.ended_at,
       (SELECT count(*) FROM webhook_deliveries WHERE endpoint = $1::uuid AND ($2::text IS NULL OR state = $2)) AS total
  FROM webhook_deliveries d
  JOIN webhook_messages m ON m.id = d.message
 WHERE d.endpoint = $1::uuid
   AND ($2::text IS NULL OR d.state = $2)
   AND ($3::uuid IS NULL OR d.id < $3::uuid)
 ORDER BY d.id DESC
 LIMIT $4::int
