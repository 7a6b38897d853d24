-- Deploy palabre:works_end to pg
-- What is still being made of a transcription when its row goes ends with it, as a cancel ends it: its worker can store nothing any more.
BEGIN;

CREATE OR REPLACE FUNCTION transcription_export_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO files_left (key, drop_at)
    SELECT f.key, clock_timestamp()
      FROM jobs j
     CROSS JOIN LATERAL (VALUES (j.input ->> 'file'), (j.result ->> 'file')) AS f (key)
     WHERE j.id = OLD.job_id AND f.key IS NOT NULL
        ON CONFLICT (key) DO NOTHING;
    IF TG_OP = 'DELETE' THEN
        WITH live AS (
            SELECT id
              FROM jobs
             WHERE (id = OLD.job_id OR (root = OLD.job_id AND step IS NOT NULL))
               AND state IN ('queued', 'running', 'waiting')
             ORDER BY step IS NULL, id
               FOR UPDATE
        )
        UPDATE jobs j
           SET state = 'cancelled', error = 'CANCELLED', error_text = NULL, finished_at = clock_timestamp(), due_at = NULL
          FROM live
         WHERE j.id = live.id;
    END IF;
    UPDATE effects e
       SET result = NULL
      FROM jobs j
     WHERE e.job_id = j.id
       AND (j.id = OLD.job_id OR (j.root = OLD.job_id AND j.step IS NOT NULL))
       AND j.state NOT IN ('queued', 'running', 'waiting');
    UPDATE jobs
       SET input = '{}', steps = NULL, result = NULL, explain = NULL, error_text = NULL
     WHERE (id = OLD.job_id OR (root = OLD.job_id AND step IS NOT NULL))
       AND state NOT IN ('queued', 'running', 'waiting');
    RETURN NULL;
END
$$;

COMMIT;
