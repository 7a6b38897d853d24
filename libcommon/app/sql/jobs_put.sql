-- Accept single jobs with their tickets in one commit. $1 ids, $2 kinds, $3 lanes, $4 owners, $5 inputs, $6 traces,
-- $7 seconds to their deadlines or nulls. Gives: ticket.
WITH new AS (
    SELECT *
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::int[])
        AS n (id, kind, lane, owner, input, trace, deadline_s)
), job AS (
    INSERT INTO jobs (id, root, kind, lane, owner, input, trace, deadline_at, due_at)
    SELECT id, id, kind, lane, owner, input::jsonb, trace, clock_timestamp() + make_interval(secs => deadline_s),
           clock_timestamp() + make_interval(secs => LEAST(60, deadline_s))
      FROM new
)
INSERT INTO outbox (job_id, kind, lane, trace)
SELECT id, kind, lane, trace
  FROM new
RETURNING id AS outbox, job_id
