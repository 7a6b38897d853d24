-- The answer kept under a key. $1 caller, $2 route, $3 key. Gives: key_row.
SELECT fingerprint, status, body, location
  FROM idempotency_keys
 WHERE caller = $1
   AND route = $2
   AND key = $3
