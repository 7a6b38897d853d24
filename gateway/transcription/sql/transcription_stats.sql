-- A person's transcriptions in numbers. $1 owner. Gives: transcription_stats.
SELECT sum(t.n)::bigint AS total_transcriptions, coalesce(sum(t.n) FILTER (WHERE status = 'completed'), 0)::bigint AS completed,
       coalesce(sum(t.n) FILTER (WHERE status = 'failed'), 0)::bigint AS failed,
       coalesce(sum(t.n) FILTER (WHERE status = 'pending'), 0)::bigint - begun.n AS pending, begun.n AS processing,
       coalesce(sum(seconds), 0)::bigint AS total_duration_seconds,
       coalesce(sum(confidence) / nullif(sum(confident), 0), -1)::float8 AS avg_confidence
  FROM (SELECT status, count(*) AS n, sum(duration_seconds) AS seconds, sum(confidence::float8) AS confidence, count(confidence) AS confident
          FROM transcriptions
         WHERE owner = $1::uuid
         GROUP BY status) AS t,
       (SELECT count(*) AS n
          FROM transcriptions
         WHERE owner = $1::uuid
           AND status = 'pending'
           AND transcription_begun(job_id)) AS begun
 GROUP BY begun.n
