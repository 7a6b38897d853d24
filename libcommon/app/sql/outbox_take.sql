-- Tickets that nobody published within the time a process needs for its own. $1 how many at most, $2 age in milliseconds.
-- Gives: ticket.
SELECT id AS outbox, job_id, kind, lane, trace
  FROM outbox
 WHERE put_at < clock_timestamp() - make_interval(secs => $2::float8 / 1000)
 ORDER BY id
 LIMIT $1::int
   FOR UPDATE SKIP LOCKED
