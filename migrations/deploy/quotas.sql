-- Deploy palabre:quotas to pg
-- Tokens of language models that people with a quota have used today (UTC). A row begins when a route with a quota is asked; what
-- their jobs then use is added whoever ends them.
BEGIN;

CREATE TABLE token_use (
    owner  uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    day    date NOT NULL,
    tokens bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE FUNCTION tokens_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE token_use
       SET tokens = tokens + coalesce((NEW.result ->> 'prompt_tokens')::bigint, 0) + coalesce((NEW.result ->> 'completion_tokens')::bigint, 0)
     WHERE owner = NEW.owner AND day = (clock_timestamp() AT TIME ZONE 'UTC')::date;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_tokens AFTER UPDATE ON jobs FOR EACH ROW
    WHEN (NEW.kind = 'llm.answer' AND NEW.state = 'succeeded' AND OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tokens_count();

COMMIT;
