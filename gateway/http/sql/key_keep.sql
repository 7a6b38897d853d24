-- Keep the answer of a request. $1 caller, $2 route, $3 key, $4 status, $5 body, $6 location.
UPDATE idempotency_keys
   SET status = $4::int, body = $5, location = $6
 WHERE caller = $1
   AND route = $2
   AND key = $3
