-- Accept a flow: its root, its first step and that step's ticket. $1 id, $2 kind, $3 lane, $4 owner, $5 input, $6 trace,
-- $7 seconds to its deadline or null, $8 the steps, $9 id of the first.
-- Gives: ticket.
WITH root AS (
    INSERT INTO jobs (id, root, kind, lane, state, owner, input, steps, trace, deadline_at, due_at)
    VALUES ($1::uuid, $1::uuid, $2, $3, 'waiting', $4::uuid, $5::jsonb, $8::jsonb, $6,
            clock_timestamp() + make_interval(secs => $7::int), clock_timestamp() + make_interval(secs => $7::int))
), first AS (
    INSERT INTO jobs (id, root, step, kind, lane, owner, input, trace, deadline_at, due_at)
    SELECT $9::uuid, $1::uuid, s ->> 'step', s ->> 'kind', coalesce(s ->> 'lane', $3), $4::uuid, coalesce(s -> 'input', '{}'), $6,
           clock_timestamp() + make_interval(secs => $7::int), clock_timestamp() + make_interval(secs => LEAST(60, $7::int))
      FROM (SELECT $8::jsonb -> 0) AS steps (s)
    RETURNING id, kind, lane
)
INSERT INTO outbox (job_id, kind, lane, trace)
SELECT id, kind, lane, $6
  FROM first
RETURNING id AS outbox, job_id, kind, lane, trace
