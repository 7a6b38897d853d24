-- Deploy palabre:partitions to pg
-- Jobs and their effects by month: what is old goes as a whole, without a row being deleted. The month of a row is in its id, a
-- UUID of version 7, whose first 48 bits are its time in milliseconds: looking a job up reads one partition. What falls outside
-- of every month (other ids, a clock gone wrong) is kept in the default partition.
BEGIN;

ALTER TABLE jobs    RENAME TO jobs_before;
ALTER TABLE effects RENAME TO effects_before;
ALTER INDEX jobs_due   RENAME TO jobs_before_due;
ALTER INDEX jobs_steps RENAME TO jobs_before_steps;
ALTER TABLE jobs_before    RENAME CONSTRAINT jobs_pkey TO jobs_before_pkey;
ALTER TABLE effects_before RENAME CONSTRAINT effects_pkey TO effects_before_pkey;

CREATE TABLE jobs (LIKE jobs_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE INDEX jobs_due   ON jobs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_steps ON jobs (root, place) WHERE step IS NOT NULL;
CREATE TABLE effects (LIKE effects_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (job_id, name)) PARTITION BY RANGE (job_id);

CREATE TABLE jobs_other    PARTITION OF jobs    DEFAULT WITH (fillfactor = 70);
CREATE TABLE effects_other PARTITION OF effects DEFAULT;

-- The least id of a moment.
CREATE FUNCTION uuid_at(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- The partitions of the month of `day`, unless they are there.
CREATE FUNCTION partitions_make(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
    next  timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    name  text := to_char(day, 'YYYY_MM');
BEGIN
    IF to_regclass('jobs_' || name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF jobs FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 70)', 'jobs_' || name, uuid_at(first), uuid_at(next));
    END IF;
    IF to_regclass('effects_' || name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF effects FOR VALUES FROM (%L) TO (%L)', 'effects_' || name, uuid_at(first), uuid_at(next));
    END IF;
END
$$;

-- Drop the partitions of every month that had ended on `day`, with the questions whose jobs they held; a month in which a job is
-- not over stays whole. Gives how many months went.
CREATE FUNCTION partitions_drop(day date) RETURNS integer LANGUAGE plpgsql AS $$
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

-- What the scheduler does from time to time: months ahead are there, old ones go (`keep_days` 0: none). Who waits for a lock longer
-- than a second gives up for this time: everybody else waits behind him.
CREATE FUNCTION partitions_turn(keep_days integer) RETURNS integer LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
    PERFORM partitions_make(today);
    PERFORM partitions_make((today + interval '1 month')::date);
    RETURN CASE WHEN keep_days > 0 THEN partitions_drop(today - keep_days) ELSE 0 END;
END
$$;

SELECT partitions_turn(0);
INSERT INTO jobs    SELECT * FROM jobs_before;
INSERT INTO effects SELECT * FROM effects_before;
DROP TABLE jobs_before;
DROP TABLE effects_before;

COMMIT;
