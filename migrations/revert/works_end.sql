-- Revert palabre:works_end from pg
BEGIN;

CREATE OR REPLACE FUNCTION transcription_export_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO files_left (key, drop_at)
    SELECT f.key, clock_timestamp()
      FROM jobs j
     CROSS JOIN LATERAL (VALUES (j.input ->> 'file'), (j.result ->> 'file')) AS f (key)
     WHERE j.id = OLD.job_id AND f.key IS NOT NULL
        ON CONFLICT (key) DO NOTHING;
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
