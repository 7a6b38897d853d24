-- Deploy palabre:months to pg
-- A month of jobs goes with the files that they worked on and made: nobody could find them afterwards. The recording of a transcription
-- is that one's own and stays with it; a document made of it is made again when it is asked for.
BEGIN;

CREATE OR REPLACE FUNCTION partitions_drop(day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    month text;
    next  date;
    least uuid;
    above uuid;
    alive boolean;
    gone  integer := 0;
BEGIN
    FOR month IN SELECT substr(relname, 6) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
                  WHERE i.inhparent = 'jobs'::regclass AND relname ~ '^jobs_\d{4}_\d\d$' ORDER BY 1 LOOP
        next := to_date(month, 'YYYY_MM') + interval '1 month';
        CONTINUE WHEN next > day;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE due_at IS NOT NULL OR state = ''waiting'')', 'jobs_' || month) INTO alive;
        CONTINUE WHEN alive;
        least := uuid_at(to_date(month, 'YYYY_MM')::timestamp AT TIME ZONE 'UTC');
        above := uuid_at(next::timestamp AT TIME ZONE 'UTC');
        DELETE FROM asks WHERE id >= least AND id < above;
        DELETE FROM transcription_exports WHERE job_id >= least AND job_id < above;
        EXECUTE format($into$
            INSERT INTO files_left (key, drop_at)
            SELECT DISTINCT f.key, clock_timestamp()
              FROM %I j
              LEFT JOIN %I e ON e.job_id = j.id
             CROSS JOIN LATERAL (VALUES (j.input ->> 'file'), (j.result ->> 'file'), (e.result ->> 'file')) AS f (key)
             WHERE f.key IS NOT NULL
               AND NOT EXISTS (SELECT FROM transcriptions t WHERE t.recording = f.key)
                ON CONFLICT (key) DO NOTHING $into$, 'jobs_' || month, 'effects_' || month);
        EXECUTE format('DROP TABLE %I, %I', 'jobs_' || month, 'effects_' || month);
        gone := gone + 1;
    END LOOP;
    RETURN gone;
END
$$;

COMMIT;
