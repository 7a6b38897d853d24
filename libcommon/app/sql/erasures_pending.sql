-- Who left and has left something. Gives: leaving_id.
SELECT person AS id
  FROM erasures
 WHERE ended_at IS NULL
 ORDER BY asked_at
 LIMIT 100
