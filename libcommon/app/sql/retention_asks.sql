-- Questions of before $1 whose work has ended, the oldest first, at most $2. Gives: leaving_ask.
SELECT a.id, a.job_id
  FROM asks a
  LEFT JOIN jobs j ON j.id = a.job_id
 WHERE a.id < uuid_at($1::timestamptz)
   AND coalesce(j.state, 'gone') NOT IN ('queued', 'running', 'waiting')
 ORDER BY a.id
 LIMIT $2::int
