-- How much is of before $1 and has ended. Gives: retained.
WITH old AS (
    SELECT a.id, a.job_id, a.created_at
      FROM asks a
      LEFT JOIN jobs j ON j.id = a.job_id
     WHERE a.id < uuid_at($1::timestamptz)
       AND coalesce(j.state, 'gone') NOT IN ('queued', 'running', 'waiting')
), work AS (
    SELECT j.id, j.input ->> 'file' AS used, j.result ->> 'file' AS made
      FROM old
      JOIN jobs j ON j.id = old.job_id OR (j.root = old.job_id AND j.step IS NOT NULL)
)
SELECT (SELECT count(*) FROM old) AS asks, (SELECT count(*) FROM work) AS jobs,
       (SELECT count(DISTINCT f.key) FROM work CROSS JOIN LATERAL (VALUES (used), (made)) AS f (key)) AS files,
       (SELECT min(created_at) FROM old) AS oldest
