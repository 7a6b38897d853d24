-- Deploy palabre:webhooks_transcriptions to pg
-- A transcription that ends is told, whoever ends it: ids and figures, nothing of what was said.
BEGIN;

CREATE FUNCTION transcription_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhooks_tell(NEW.owner, 'transcription.' || NEW.status,
                          jsonb_build_object('id', NEW.id, 'status', NEW.status, 'language', coalesce(NEW.detected_language, NEW.language),
                                             'duration_seconds', NEW.duration_seconds, 'error_code', NEW.error_code));
    RETURN NULL;
END
$$;
CREATE TRIGGER transcriptions_told AFTER UPDATE OF status ON transcriptions FOR EACH ROW
    WHEN (NEW.status IS DISTINCT FROM OLD.status AND NEW.status IN ('completed', 'failed')) EXECUTE FUNCTION transcription_told();

COMMIT;
