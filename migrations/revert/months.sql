-- Revert palabre:months from pg
BEGIN;

CREATE OR REPLACE FUNCTION partitions_drop(day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    month text;
    next  date;
    alive boolean;
    gone  integer := 0;
BEGIN
    FOR month IN SELECT substr(relname, 6) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
                  WHERE i.inhparent = 'jobs'::regclass AND relname ~ '^jobs_\d{4}_\d\d$' ORDER BY 1 LOOP
        next := to_date(month, 'YYYY_MM') + interval '1 month';
        CONTINUE WHEN next > day;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE due_at IS NOT NULL OR state = ''waiting'')', 'jobs_' || month) INTO alive;
        CONTINUE WHEN alive;
        DELETE FROM asks WHERE id >= uuid_at(to_date(month, 'YYYY_MM')::timestamp AT TIME ZONE 'UTC') AND id < uuid_at(next::timestamp AT TIME ZONE 'UTC');
        EXECUTE format('DROP TABLE %I, %I', 'jobs_' || month, 'effects_' || month);
        gone := gone + 1;
    END LOOP;
    RETURN gone;
END
$$;

COMMIT;
