-- Deploy palabre:transcriptions to pg
-- Transcriptions of videos and recordings, corrections of theirs, recordings that arrive in parts, and files that must go.
BEGIN;

-- Files that nobody needs from a moment on: the scheduler deletes them. A key is noted before its file is written and taken back in
-- the commit that gives the file an owner, so a process that dies in between leaves nothing behind.
CREATE TABLE files_left (
    key     text PRIMARY KEY,
    drop_at timestamptz NOT NULL
);
CREATE INDEX files_left_due ON files_left (drop_at);

-- What is known of a transcription lives here as long as it does; its job goes with the job's month. The texts are sealed
-- (libcommon/app/persons.h) or not, as the result of the job has them.
CREATE TABLE transcriptions (
    id                uuid PRIMARY KEY,
    owner             uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    job_id            uuid NOT NULL,
    asked             text NOT NULL,        -- SHA-256 of what was asked
    source_type       text NOT NULL CHECK (source_type IN ('youtube', 'upload', 'url')),
    video_url         text,
    original_filename text,
    recording         text,                 -- blob key of what was uploaded
    title             text,
    language          text NOT NULL,        -- as asked
    detected_language text,
    engine            text,
    model             text,
    status            text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'completed', 'failed')),
    text              text,
    edited            text,                 -- the text with its corrections
    words             text,
    segments          text,
    confidence        double precision,
    duration_seconds  integer,
    speaker_count     integer,
    mock              boolean NOT NULL DEFAULT false,
    cost_micro        bigint,
    error             text,
    error_code        text,
    retry_count       integer NOT NULL DEFAULT 0,
    revision          integer NOT NULL DEFAULT 0,
    told              boolean NOT NULL DEFAULT true,    -- false: the log does not know its end yet
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at      timestamptz
);
CREATE INDEX transcriptions_owner  ON transcriptions (owner, id DESC);
CREATE INDEX transcriptions_status ON transcriptions (owner, status) INCLUDE (duration_seconds, confidence);
CREATE INDEX transcriptions_age    ON transcriptions (created_at);
CREATE INDEX transcriptions_untold ON transcriptions (id) WHERE NOT told;

-- How many a person has: lists tell it with every page, and to count ten thousand takes two milliseconds.
CREATE TABLE transcription_counts (
    owner uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    n     bigint NOT NULL
) WITH (fillfactor = 50);
CREATE FUNCTION transcription_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO transcription_counts AS c (owner, n) VALUES (NEW.owner, 1) ON CONFLICT (owner) DO UPDATE SET n = c.n + 1;
    ELSE
        UPDATE transcription_counts SET n = n - 1 WHERE owner = OLD.owner;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER transcriptions_counted AFTER INSERT OR DELETE ON transcriptions FOR EACH ROW EXECUTE FUNCTION transcription_counted();

-- The last step of a flow that was put: where its work is.
CREATE FUNCTION transcription_step(job uuid) RETURNS TABLE (step text, place integer, state text, percent integer, attempt integer, started_at timestamptz, seen_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT step, place, state, percent, attempt, started_at, due_at - interval '15 s'
      FROM jobs
     WHERE root = job
       AND step IS NOT NULL
     ORDER BY place DESC
     LIMIT 1
$$;

-- Has any work on it begun?
CREATE FUNCTION transcription_begun(job uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT place > 0 OR started_at IS NOT NULL FROM transcription_step(job)), false)
$$;

-- A row follows the root of its flow, whoever ends it. The sound that was made for the engine is not needed once there is a text, and
-- for a day when there is none: a retry begins there.
CREATE FUNCTION transcription_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    it    uuid := (NEW.input ->> 'transcription')::uuid;
    heard jsonb;
    sound jsonb;
BEGIN
    IF NEW.state = 'waiting' THEN
        DELETE FROM files_left WHERE key = (SELECT result ->> 'file' FROM jobs WHERE root = NEW.id AND step = 'audio' AND state = 'succeeded');
        UPDATE transcriptions
           SET status = 'pending', error = NULL, error_code = NULL, completed_at = NULL, updated_at = clock_timestamp()
         WHERE id = it AND job_id = NEW.id;
        RETURN NULL;
    END IF;
    SELECT result INTO sound FROM jobs WHERE root = NEW.id AND step = 'audio' AND state = 'succeeded';
    SELECT result INTO heard FROM jobs WHERE root = NEW.id AND step = 'stt' AND state = 'succeeded';
    IF sound ->> 'file' IS NOT NULL THEN
        INSERT INTO files_left (key, drop_at)
        VALUES (sound ->> 'file', clock_timestamp() + CASE WHEN NEW.state = 'succeeded' THEN interval '0' ELSE interval '1 day' END)
            ON CONFLICT (key) DO UPDATE SET drop_at = excluded.drop_at;
    END IF;
    IF NEW.state = 'succeeded' THEN
        UPDATE transcriptions
           SET status = 'completed', text = heard ->> 'text', words = heard ->> 'words', segments = heard ->> 'segments',
               title = coalesce(sound ->> 'title', title), detected_language = heard ->> 'language', engine = heard ->> 'engine', model = heard ->> 'model',
               confidence = (heard ->> 'confidence')::float8, duration_seconds = round(coalesce((heard ->> 'duration_s')::numeric, (sound ->> 'duration_s')::numeric)),
               speaker_count = nullif((heard ->> 'speakers')::integer, 0), mock = coalesce((heard ->> 'mock')::boolean, false),
               cost_micro = (heard ->> 'cost_micro')::bigint, error = NULL, error_code = NULL, told = false, completed_at = clock_timestamp(), updated_at = clock_timestamp()
         WHERE id = it AND job_id = NEW.id;
    ELSE
        UPDATE transcriptions
           SET status = 'failed', title = coalesce(sound ->> 'title', title), error = left(NEW.error_text, 1000), error_code = coalesce(NEW.error, 'BUG'),
               retry_count = retry_count + 1, told = false, completed_at = NULL, updated_at = clock_timestamp()
         WHERE id = it AND job_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_transcription AFTER UPDATE OF state ON jobs FOR EACH ROW
    WHEN (NEW.kind = 'flow.transcription' AND NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION transcription_follows();

-- With the row its recording goes, whoever deletes it.
CREATE FUNCTION transcription_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO files_left (key, drop_at) VALUES (OLD.recording, clock_timestamp()) ON CONFLICT (key) DO UPDATE SET drop_at = excluded.drop_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER transcriptions_deleted AFTER DELETE ON transcriptions FOR EACH ROW
    WHEN (OLD.recording IS NOT NULL) EXECUTE FUNCTION transcription_deleted();

-- A transcription as it is read; the job is looked at while it is pending only.
CREATE VIEW transcription_rows AS
SELECT t.id, t.owner AS user_id, t.job_id, t.source_type, t.video_url, t.original_filename, t.recording, t.title, t.language, t.detected_language, t.engine, t.model,
       CASE WHEN t.status = 'pending' AND (s.place > 0 OR s.started_at IS NOT NULL) THEN 'processing' ELSE t.status END AS status,
       coalesce(t.edited, t.text) AS text, octet_length(coalesce(t.edited, t.text))::bigint AS text_bytes, t.words, t.segments,
       coalesce(t.confidence, -1)::float8 AS confidence, coalesce(t.duration_seconds, -2147483648) AS duration_seconds,
       coalesce(t.speaker_count, -2147483648) AS speaker_count, t.mock, coalesce(t.cost_micro, (-9223372036854775808)::bigint) AS cost_micro,
       t.error AS error_text, t.error_code, t.retry_count, t.revision, t.created_at, t.updated_at, t.completed_at,
       s.step, coalesce(s.place, 0) AS step_place, coalesce(s.percent, 0) AS step_percent, s.state = 'running' AND s.attempt = 1 AS is_measured, s.started_at, s.seen_at
  FROM transcriptions t
  LEFT JOIN LATERAL transcription_step(CASE WHEN t.status = 'pending' THEN t.job_id END) s ON true;

-- Corrections of segments, each with what it replaced.
CREATE TABLE transcription_edits (
    transcription uuid NOT NULL REFERENCES transcriptions ON DELETE CASCADE,
    revision      integer NOT NULL CHECK (revision > 0),
    segment       integer NOT NULL,
    text          text NOT NULL,            -- sealed, as what follows
    speaker       text,
    text_before   text NOT NULL,
    speaker_before text,
    editor        uuid,
    made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (transcription, revision)
);

-- A recording that arrives in parts, and they are files: whoever goes on with it need not be the process that began.
CREATE TABLE uploads (
    id         uuid PRIMARY KEY,
    owner      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    filename   text NOT NULL,
    type       text,
    sha256     text,                        -- of the whole, as its sender says
    size       bigint NOT NULL,
    received   bigint NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND size),
    parts      integer NOT NULL DEFAULT 0,
    transcription uuid,                     -- what it has become
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX uploads_owner ON uploads (owner);
CREATE INDEX uploads_age   ON uploads (updated_at);
CREATE TABLE upload_parts (
    upload uuid NOT NULL REFERENCES uploads ON DELETE CASCADE,
    at     bigint NOT NULL,                 -- where it begins
    key    text NOT NULL,
    PRIMARY KEY (upload, at)
);
CREATE FUNCTION upload_part_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO files_left (key, drop_at) VALUES (OLD.key, clock_timestamp()) ON CONFLICT (key) DO UPDATE SET drop_at = excluded.drop_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER upload_parts_deleted AFTER DELETE ON upload_parts FOR EACH ROW EXECUTE FUNCTION upload_part_deleted();

INSERT INTO permissions (code, about) VALUES
    ('transcriptions:create',     'Have recordings and videos transcribed.'),
    ('transcriptions:read',       'Read all transcriptions.'),
    ('transcriptions:read:own',   'Read one''s own transcriptions.'),
    ('transcriptions:update',     'Correct, cancel and retry all transcriptions.'),
    ('transcriptions:update:own', 'Correct, cancel and retry one''s own transcriptions.'),
    ('transcriptions:delete',     'Delete all transcriptions.'),
    ('transcriptions:delete:own', 'Delete one''s own transcriptions.');
INSERT INTO role_permissions (role, permission)
SELECT r.name, p.code
  FROM roles r, permissions p
 WHERE r.name <> 'super_admin'
   AND p.code IN ('transcriptions:create', 'transcriptions:read:own', 'transcriptions:update:own', 'transcriptions:delete:own');
INSERT INTO role_permissions (role, permission) VALUES ('admin', 'transcriptions:read'), ('admin', 'transcriptions:delete');

COMMIT;
