-- Attempts of a delivery, in order. $1 delivery. Gives: delivery_attempt.
SELECT n, at, duration_ms, status_code, error
  FROM webhook_attempts
 WHERE delivery = $1::uuid
 ORDER BY n
