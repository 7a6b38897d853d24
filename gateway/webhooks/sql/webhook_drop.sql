-- Take a webhook away, with its deliveries. $1 id, $2 account. Gives: webhook_ref.
DELETE FROM webhook_endpoints
 WHERE id = $1::uuid
   AND owner = $2::uuid
RETURNING id
