-- Renew the leases of attempts that still hold. $1 ids, $2 attempts, $3 percents, $4 lease in seconds. Gives: job.
WITH mine AS (
    SELECT j.id, h.percent
      FROM unnest($1::uuid[], $2::int[], $3::int[]) AS h (id, attempt, percent)
      JOIN jobs j ON j.id = h.id AND j.attempt = h.attempt
     WHERE j.state = 'running'
       AND (j.deadline_at IS NULL OR j.deadline_at > clock_timestamp())
     ORDER BY j.id
       FOR UPDATE OF j
)
UPDATE jobs j
   SET due_at = clock_timestamp() + make_interval(secs => $4::int), percent = GREATEST(j.percent, mine.percent)
  FROM mine
 WHERE j.id = mine.id
RETURNING j.id
