-- Keep how an attempt went, unless a later attempt of the job has done so, and what that says of the endpoint. $1 delivery, $2 job, $3 attempt of
-- the job, $4 state it gets, $5 status or null, $6 error or null, $7 milliseconds it took, $8 milliseconds to the next or null, $9 it was a test:
-- the endpoint stays as it is; $10 the endpoint is gone; disabled after $11 seconds and $12 attempts without a success.
-- Gives: settled. The endpoint is locked before its delivery, as who deletes it does.
WITH judged AS (
    SELECT e.id, e.enabled, $10::boolean AS gone,
           e.failures + 1 >= $12::int AND e.failing_since <= clock_timestamp() - make_interval(secs => $11::float8) AS failing
      FROM webhook_endpoints e
     WHERE e.id = (SELECT endpoint FROM webhook_deliveries WHERE id = $1::uuid)
       FOR NO KEY UPDATE
), ended AS (
    UPDATE webhook_deliveries d
       SET state = $4, tries = d.tries + 1, attempts = d.attempts + 1, fence = $3::int, status_code = $5::int, error = $6,
           next_at = clock_timestamp() + make_interval(secs => $8::float8 / 1000), ended_at = CASE WHEN $4 <> 'pending' THEN clock_timestamp() END
      FROM judged
     WHERE d.endpoint = judged.id
       AND d.id = $1::uuid
       AND d.job_id = $2::uuid
       AND d.fence < $3::int
       AND d.state = 'pending'
    RETURNING d.id, d.endpoint, d.attempts
), kept AS (
    INSERT INTO webhook_attempts (delivery, n, at, duration_ms, status_code, error)
    SELECT id, attempts, clock_timestamp() - make_interval(secs => $7::float8 / 1000), $7::int, $5::int, $6
      FROM ended
), forgotten AS (
    DELETE FROM webhook_attempts a
     USING ended
     WHERE a.delivery = ended.id
       AND a.n <= ended.attempts - 30
), endpoint AS (
    UPDATE webhook_endpoints e
       SET failures = CASE WHEN $4 = 'delivered' THEN 0 ELSE e.failures + 1 END,
           failing_since = CASE WHEN $4 <> 'delivered' THEN coalesce(e.failing_since, clock_timestamp()) END,
           delivered_at = CASE WHEN $4 = 'delivered' THEN clock_timestamp() ELSE e.delivered_at END,
           enabled = e.enabled AND ($4 = 'delivered' OR NOT (j.gone OR coalesce(j.failing, false))),
           disabled_reason = CASE WHEN e.enabled AND $4 <> 'delivered' AND j.gone THEN 'gone'
                                  WHEN e.enabled AND $4 <> 'delivered' AND j.failing THEN 'failing'
                                  ELSE e.disabled_reason END
      FROM judged j
      JOIN ended ON ended.endpoint = j.id
     WHERE e.id = j.id
       AND NOT $9::boolean
    RETURNING CASE WHEN j.enabled AND NOT e.enabled THEN e.disabled_reason END AS disabled_reason
)
SELECT disabled_reason
  FROM endpoint
