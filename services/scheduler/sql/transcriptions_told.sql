-- Transcriptions that have ended and of which the log does not know, at most $1; of a sealed text the length is that of its JSON.
-- Gives: told.
UPDATE transcriptions
   SET told = true
 WHERE id IN (SELECT id FROM transcriptions WHERE NOT told LIMIT $1::int FOR UPDATE SKIP LOCKED)
RETURNING id, job_id, owner AS user_id, status, error_code AS error, retry_count, engine, mock, coalesce(confidence, -1)::float8 AS confidence,
          coalesce(CASE WHEN text LIKE 'pk1.%' THEN (octet_length(text) - 4) * 3 / 4 - 30 ELSE octet_length(text) END, 0)::bigint AS text_length
