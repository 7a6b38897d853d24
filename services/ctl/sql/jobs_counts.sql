-- How many jobs and steps each service has in each lane and state, how long those that could be taken have waited, and how many tickets
-- wait for the broker. A retry waits from its acceptance or from the end of its delay.
-- Gives: job_count.
SELECT split_part(kind, '.', 1) AS service, lane, state, count(*) AS jobs,
       coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(run_after, created_at))
           FILTER (WHERE state = 'queued' AND (run_after IS NULL OR run_after <= clock_timestamp())))::bigint,
           (-9223372036854775808)::bigint) AS oldest_s
  FROM jobs
 GROUP BY 1, 2, 3
 UNION ALL
SELECT split_part(kind, '.', 1), lane, 'unsent', count(*), extract(epoch FROM clock_timestamp() - min(put_at))::bigint
  FROM outbox
 GROUP BY 1, 2
 ORDER BY 1, 2, 3
