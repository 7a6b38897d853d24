-- Deploy palabre:exports to pg
BEGIN;

-- Documents made of transcriptions: which job made it, for each revision and each format with its options.
CREATE TABLE transcription_exports (
    transcription uuid NOT NULL REFERENCES transcriptions ON DELETE CASCADE,
    revision      integer NOT NULL,
    form          text NOT NULL,
    job_id        uuid NOT NULL,
    made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (transcription, revision, form)
);

-- With the row, or once another job stands in it, the files go: what it was made from, and what was made.
CREATE FUNCTION transcription_export_gone() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER transcription_exports_deleted AFTER DELETE ON transcription_exports FOR EACH ROW EXECUTE FUNCTION transcription_export_gone();
CREATE TRIGGER transcription_exports_replaced AFTER UPDATE OF job_id ON transcription_exports FOR EACH ROW
    WHEN (OLD.job_id <> NEW.job_id) EXECUTE FUNCTION transcription_export_gone();

COMMIT;
