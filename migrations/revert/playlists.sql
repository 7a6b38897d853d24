-- Revert palabre:playlists from pg
BEGIN;

CREATE OR REPLACE FUNCTION partitions_turn(keep_days integer) RETURNS integer LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
    PERFORM partitions_make(today);
    PERFORM partitions_make((today + interval '1 month')::date);
    RETURN CASE WHEN keep_days > 0 THEN partitions_drop(today - keep_days) ELSE 0 END;
END
$$;

DROP TRIGGER jobs_captured ON jobs;
DROP TRIGGER jobs_uncaptioned ON jobs;
DROP TRIGGER jobs_playlist ON jobs;
DROP FUNCTION transcription_captured(), playlist_uncaptioned(), playlist_listed();
DROP VIEW playlist_rows;
DROP FUNCTION playlist_ask_captions(playlists, playlist_videos, text), playlist_transcribe(playlists, playlist_videos, text);
DROP TABLE playlist_videos, playlists;

COMMIT;
