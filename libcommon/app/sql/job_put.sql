-- Accept a single job with its ticket. $1 id, $2 kind, $3 lane, $4 owner, $5 input, $6 trace, $7 seconds to its deadline or null.
-- Gives: ticket.
WITH job AS (
    INSERT INTO jobs (id, root, kind, lane, owner, input, trace, deadline_at, due_at)
    VALUES ($1::uuid, $1::uuid, $2, $3, $4::uuid, $5::jsonb, $6, clock_timestamp() + make_interval(secs => $7::int),
            clock_timestamp() + make_interval(secs => LEAST(60, $7::int)))
)
INSERT INTO outbox (job_id, kind, lane, trace)
VALUES ($1::uuid, $2, $3, $6)
RETURNING id AS outbox, job_id, kind, lane, trace
