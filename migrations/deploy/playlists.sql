-- Deploy palabre:playlists to pg
-- Lists of videos that become text: a list is read by one job, and then each of its videos goes its own way, whoever is still there: its site's captions are
-- asked for, and where there are none it becomes a transcription of the person's. Pieces of broadcasts, which are kept with their transcriptions.
BEGIN;

CREATE TABLE playlists (
    id         uuid PRIMARY KEY,        -- and of the job that reads the list
    owner      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    asked      text NOT NULL,           -- SHA-256 of what was asked
    url        text NOT NULL,
    language   text NOT NULL,           -- as asked
    captions   boolean NOT NULL,        -- false: none are asked for
    steps      jsonb NOT NULL,          -- of the flow of a transcription, without its address
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX playlists_owner ON playlists (owner, id DESC);

CREATE TABLE playlist_videos (
    playlist      uuid NOT NULL REFERENCES playlists ON DELETE CASCADE,
    place         integer NOT NULL,
    video_id      text,
    title         text,
    url           text NOT NULL,
    duration_s    double precision,
    captions_job  uuid,
    transcription uuid,                 -- of the same person
    PRIMARY KEY (playlist, place)
);
CREATE UNIQUE INDEX playlist_videos_captions ON playlist_videos (captions_job) WHERE captions_job IS NOT NULL;

-- A transcription and its flow, as the gateway accepts them (transcription_put.sql, flow_put.sql). The ticket is found by a relay within a second. A video that
-- somebody asks for alone is another one: `asked` is no digest.
CREATE FUNCTION playlist_transcribe(list playlists, video playlist_videos, trace text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    it    uuid := uuid_v7();
    root  uuid := uuid_v7();
    first uuid := uuid_v7();
    one   jsonb := list.steps -> 0;
    ends  timestamptz := clock_timestamp() + interval '1 day';
BEGIN
    one := jsonb_set(one, '{input}', (one -> 'input') || jsonb_build_object(CASE one ->> 'kind' WHEN 'audio.fetch' THEN 'url' ELSE 'source' END, video.url, 'transcription', it));
    INSERT INTO transcriptions (id, owner, job_id, asked, source_type, video_url, language, title)
    VALUES (it, list.owner, root, 'playlist', CASE WHEN video.url ~* '^https?://((www\.|m\.)?youtube\.com|(www\.)?youtu\.be)/' THEN 'youtube' ELSE 'url' END, video.url, list.language, video.title);
    INSERT INTO jobs (id, root, kind, lane, state, owner, input, steps, trace, deadline_at, due_at)
    VALUES (root, root, 'flow.transcription', 'batch', 'waiting', list.owner, jsonb_build_object('transcription', it), jsonb_set(list.steps, '{0}', one), trace, ends, ends);
    INSERT INTO jobs (id, root, step, kind, lane, owner, input, trace, deadline_at, due_at)
    VALUES (first, root, one ->> 'step', one ->> 'kind', 'batch', list.owner, one -> 'input', trace, ends, clock_timestamp() + interval '60 s');
    INSERT INTO outbox (job_id, kind, lane, trace) VALUES (first, one ->> 'kind', 'batch', trace);
    UPDATE playlist_videos SET transcription = it WHERE playlist = video.playlist AND place = video.place;
    RETURN it;
END
$$;

CREATE FUNCTION playlist_ask_captions(list playlists, video playlist_videos, trace text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    job uuid := uuid_v7();
BEGIN
    INSERT INTO jobs (id, root, kind, lane, owner, input, trace, deadline_at, due_at)
    VALUES (job, job, 'audio.captions', 'batch', list.owner, jsonb_strip_nulls(jsonb_build_object('url', video.url, 'language', nullif(list.language, 'auto'))), trace, clock_timestamp() + interval '1 day',
            clock_timestamp() + interval '60 s');
    INSERT INTO outbox (job_id, kind, lane, trace) VALUES (job, 'audio.captions', 'batch', trace);
    UPDATE playlist_videos SET captions_job = job WHERE playlist = video.playlist AND place = video.place;
END
$$;

-- In the commit that ends the job that read a list. Of a person who has left, or may do nothing, nothing is begun.
CREATE FUNCTION playlist_listed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    list  playlists;
    video playlist_videos;
BEGIN
    SELECT p.* INTO list FROM playlists p JOIN users u ON u.id = p.owner AND u.enabled WHERE p.id = NEW.id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    FOR video IN INSERT INTO playlist_videos (playlist, place, video_id, title, url, duration_s)
                 SELECT list.id, v.place - 1, v.one ->> 'video_id', v.one ->> 'title', v.one ->> 'url', (v.one ->> 'duration_s')::float8
                   FROM jsonb_array_elements(NEW.result -> 'videos') WITH ORDINALITY AS v (one, place)
                     ON CONFLICT DO NOTHING
                 RETURNING * LOOP
        IF list.captions THEN
            PERFORM playlist_ask_captions(list, video, NEW.trace);
        ELSE
            PERFORM playlist_transcribe(list, video, NEW.trace);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_playlist AFTER UPDATE OF state ON jobs FOR EACH ROW
    WHEN (NEW.kind = 'audio.playlist' AND NEW.state = 'succeeded' AND OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION playlist_listed();

CREATE FUNCTION playlist_uncaptioned() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    video playlist_videos;
    list  playlists;
BEGIN
    SELECT * INTO video FROM playlist_videos WHERE captions_job = NEW.id AND transcription IS NULL;
    IF FOUND THEN
        SELECT p.* INTO list FROM playlists p JOIN users u ON u.id = p.owner AND u.enabled WHERE p.id = video.playlist;
        IF FOUND THEN
            PERFORM playlist_transcribe(list, video, NEW.trace);
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_uncaptioned AFTER UPDATE OF state ON jobs FOR EACH ROW
    WHEN (NEW.kind = 'audio.captions' AND NEW.state = 'failed' AND NEW.error = 'CAPTIONS_ABSENT' AND OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION playlist_uncaptioned();

-- Where each video of a list stands, and what is said in it: sealed, or as its site tells it. A transcription that was deleted meanwhile is said to be unknown.
CREATE VIEW playlist_rows AS
SELECT v.playlist, v.place, v.video_id, coalesce(v.title, t.title, c.result ->> 'title') AS title, v.url,
       coalesce(v.duration_s, t.duration_seconds, (c.result ->> 'duration_s')::float8, -1) AS duration_s, t.id AS transcription_id,
       CASE WHEN c.state = 'succeeded' THEN 'completed'
            WHEN v.transcription IS NOT NULL THEN coalesce(t.status, 'failed')
            WHEN c.state IN ('queued', 'running') THEN 'pending'
            ELSE 'failed' END AS status,
       CASE WHEN v.transcription IS NOT NULL THEN CASE WHEN t.id IS NULL THEN 'TRANSCRIPTION_UNKNOWN' ELSE t.error_code END
            WHEN c.id IS NULL THEN 'JOB_UNKNOWN'
            ELSE c.error END AS error_code,
       CASE WHEN c.state = 'succeeded' THEN 'captions' ELSE t.engine END AS provider,
       CASE WHEN c.state = 'succeeded' THEN c.result ->> 'language' ELSE coalesce(t.detected_language, nullif(t.language, 'auto')) END AS language,
       coalesce((c.result ->> 'manual')::boolean, false) AS is_manual, coalesce(t.confidence, -1) AS confidence, coalesce(t.mock, false) AS mock,
       CASE WHEN c.state = 'succeeded' THEN (SELECT string_agg(cue.one ->> 'text', ' ' ORDER BY cue.place) FROM jsonb_array_elements(c.result -> 'captions') WITH ORDINALITY AS cue (one, place))
            ELSE coalesce(t.edited, t.text) END AS text
  FROM playlist_videos v
  LEFT JOIN jobs c ON c.id = v.captions_job
  LEFT JOIN transcriptions t ON t.id = v.transcription;

-- A piece of a broadcast belongs to its transcription from the moment it is there.
CREATE FUNCTION transcription_captured() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE transcriptions
       SET recording = NEW.result ->> 'recording', title = coalesce(NEW.result ->> 'title', title)
     WHERE id = (NEW.input ->> 'transcription')::uuid AND job_id = NEW.root AND recording IS NULL;
    IF FOUND THEN
        DELETE FROM files_left WHERE key = NEW.result ->> 'recording';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_captured AFTER UPDATE OF state ON jobs FOR EACH ROW
    WHEN (NEW.kind = 'audio.capture' AND NEW.state = 'succeeded' AND OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION transcription_captured();

-- Lists are kept as long as their jobs: what is old goes with them.
CREATE OR REPLACE FUNCTION partitions_turn(keep_days integer) RETURNS integer LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
    PERFORM partitions_make(today);
    PERFORM partitions_make((today + interval '1 month')::date);
    IF keep_days > 0 THEN
        DELETE FROM playlists WHERE id < uuid_at(date_trunc('month', (today - keep_days)::timestamp) AT TIME ZONE 'UTC');
        RETURN partitions_drop(today - keep_days);
    END IF;
    RETURN 0;
END
$$;

COMMIT;
