-- Revert palabre:works from pg
BEGIN;

DROP TRIGGER jobs_tokens ON jobs;
CREATE TRIGGER jobs_tokens AFTER UPDATE ON jobs FOR EACH ROW
    WHEN (NEW.kind = 'llm.answer' AND NEW.state = 'succeeded' AND OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tokens_count();

CREATE OR REPLACE FUNCTION transcription_export_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO files_left (key, drop_at)
    SELECT f.key, clock_timestamp()
      FROM jobs j
     CROSS JOIN LATERAL (VALUES (j.input ->> 'file'), (j.result ->> 'file')) AS f (key)
     WHERE j.id = OLD.job_id AND f.key IS NOT NULL
        ON CONFLICT (key) DO NOTHING;
    RETURN NULL;
END
$$;

COMMIT;
