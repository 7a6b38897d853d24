-- Hand leases back unused: queued again, the attempt not counted. $1 ids, $2 attempts. Gives: ticket.
WITH mine AS (
    SELECT j.id
      FROM unnest($1::uuid[], $2::int[]) AS h (id, attempt)
      JOIN jobs j ON j.id = h.id AND j.attempt = h.attempt
     WHERE j.state = 'running'
     ORDER BY j.id
       FOR UPDATE OF j
), queued AS (
    UPDATE jobs j
       SET state = 'queued', worker = NULL, attempts_most = j.attempts_most + 1, due_at = clock_timestamp() + interval '60 s'
      FROM mine
     WHERE j.id = mine.id
    RETURNING j.id, j.kind, j.lane, j.trace
)
INSERT INTO outbox (job_id, kind, lane, trace)
SELECT id, kind, lane, trace
  FROM queued
RETURNING id AS outbox, job_id, kind, lane, trace
