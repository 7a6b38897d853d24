-- Deploy palabre:audit to pg
-- The audit log. An entry is written once, in the transaction of what it tells of, sealed by whoever wrote it; a single writer soon
-- links the entries into one sequence without gaps, each link with an HMAC over the one before. Checkpoints bind a prefix of the
-- sequence by a Merkle tree (RFC 6962). Nothing of it is ever changed; entries go by whole months, what binds them stays.
BEGIN;

CREATE TABLE audit_entries (
    id       uuid PRIMARY KEY,
    at       timestamptz NOT NULL,
    actor    uuid,
    action   text NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
    type     text NOT NULL CHECK (length(type) BETWEEN 1 AND 32),
    resource text CHECK (length(resource) <= 128),
    outcome  text NOT NULL CHECK (outcome IN ('success', 'failure', 'denied')),
    details  text NOT NULL CHECK (octet_length(details) <= 2048 AND details::json IS NOT NULL),
    -- Commitment to the row of audit_personal.
    personal bytea CHECK (octet_length(personal) = 32),
    key      smallint NOT NULL,
    seal     bytea NOT NULL CHECK (octet_length(seal) = 32)
) PARTITION BY RANGE (id);
CREATE INDEX audit_entries_actor  ON audit_entries (actor, id);
CREATE INDEX audit_entries_action ON audit_entries (action, id);
CREATE TABLE audit_entries_other PARTITION OF audit_entries DEFAULT;

-- What an entry tells of a person beside an id: the only part that may be erased.
CREATE TABLE audit_personal (
    entry   uuid PRIMARY KEY,
    actor   uuid,
    salt    bytea NOT NULL CHECK (octet_length(salt) = 16),
    members text NOT NULL CHECK (octet_length(members) <= 2048 AND members::json IS NOT NULL)
) PARTITION BY RANGE (entry);
CREATE INDEX audit_personal_actor ON audit_personal (actor);
CREATE TABLE audit_personal_other PARTITION OF audit_personal DEFAULT;

-- Entries that have no link yet.
CREATE TABLE audit_queue (
    n      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry  uuid NOT NULL,
    put_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE audit_links (
    seq      bigint PRIMARY KEY CHECK (seq > 0),
    entry    uuid NOT NULL,
    previous bytea NOT NULL CHECK (octet_length(previous) = 32),
    hash     bytea NOT NULL CHECK (octet_length(hash) = 32),
    leaf     bytea NOT NULL CHECK (octet_length(leaf) = 32),
    key      smallint NOT NULL
);
CREATE UNIQUE INDEX audit_links_entry ON audit_links (entry);

-- Complete subtrees of 256, 65536 ... leaves (level 8, 16 ...): what a proof needs of the rest of the tree.
CREATE TABLE audit_nodes (
    level integer NOT NULL,
    place bigint NOT NULL,
    hash  bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (level, place)
);

CREATE TABLE audit_checkpoints (
    size      bigint PRIMARY KEY CHECK (size > 0),
    root      bytea NOT NULL CHECK (octet_length(root) = 32),
    chain     bytea NOT NULL CHECK (octet_length(chain) = 32),
    at        timestamptz NOT NULL,
    signer    text,
    signature bytea CHECK (octet_length(signature) = 64)
);

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Refuse every change of a table but INSERT (and what `but` names): triggers that even a session in the role of a replica meets,
-- and, for whoever is no superuser, privileges.
CREATE FUNCTION audit_guard(guarded regclass, but text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    events text := CASE but WHEN 'DELETE' THEN 'UPDATE' ELSE 'UPDATE OR DELETE' END;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = guarded AND tgname = 'audit_rows') THEN
        EXECUTE format('CREATE TRIGGER audit_rows BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION audit_refuse()', events, guarded);
    END IF;
    EXECUTE format('CREATE TRIGGER audit_whole BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', guarded);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_rows', guarded);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_whole', guarded);
    EXECUTE format('REVOKE UPDATE, TRUNCATE ON %s FROM PUBLIC, CURRENT_USER', guarded);
    IF but <> 'DELETE' THEN
        EXECUTE format('REVOKE DELETE ON %s FROM PUBLIC, CURRENT_USER', guarded);
    END IF;
END
$$;

SELECT audit_guard(t) FROM unnest(ARRAY['audit_entries', 'audit_entries_other', 'audit_links', 'audit_nodes', 'audit_checkpoints']::regclass[]) t;
SELECT audit_guard(t, 'DELETE') FROM unnest(ARRAY['audit_personal', 'audit_personal_other']::regclass[]) t;

-- The partitions of the month of `day`, unless they are there.
CREATE FUNCTION audit_month_make(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first uuid := uuid_at(date_trunc('month', day::timestamp) AT TIME ZONE 'UTC');
    next  uuid := uuid_at((date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC');
    name  text := to_char(day, 'YYYY_MM');
BEGIN
    IF to_regclass('audit_entries_' || name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF audit_entries FOR VALUES FROM (%L) TO (%L)', 'audit_entries_' || name, first, next);
        PERFORM audit_guard(('audit_entries_' || name)::regclass);
    END IF;
    IF to_regclass('audit_personal_' || name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF audit_personal FOR VALUES FROM (%L) TO (%L)', 'audit_personal_' || name, first, next);
        PERFORM audit_guard(('audit_personal_' || name)::regclass, 'DELETE');
    END IF;
END
$$;

-- What the scheduler does from time to time; who waits for a lock longer than a second gives up for this time.
CREATE FUNCTION audit_months_turn() RETURNS void LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
    PERFORM audit_month_make(today);
    PERFORM audit_month_make((today + interval '1 month')::date);
END
$$;
SELECT audit_months_turn();

-- Months that had ended on `day`: how many entries each has, how many of them have no link, and the last link of one.
CREATE FUNCTION audit_months_ended(day date) RETURNS TABLE (month text, entries bigint, unlinked bigint, through bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR month IN SELECT substr(relname, 15) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
                  WHERE i.inhparent = 'audit_entries'::regclass AND relname ~ '^audit_entries_\d{4}_\d\d$' ORDER BY 1 LOOP
        CONTINUE WHEN to_date(month, 'YYYY_MM') + interval '1 month' > day;
        EXECUTE format('SELECT count(*), count(*) FILTER (WHERE l.seq IS NULL), coalesce(max(l.seq), 0) FROM %I e LEFT JOIN audit_links l ON l.entry = e.id',
                       'audit_entries_' || month) INTO entries, unlinked, through;
        RETURN NEXT;
    END LOOP;
END
$$;

-- Drop a month of entries, with what they tell of persons. Their links and all checkpoints stay.
CREATE FUNCTION audit_month_drop(month text) RETURNS void LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
BEGIN
    EXECUTE format('DROP TABLE %I, %I', 'audit_entries_' || month, 'audit_personal_' || month);
END
$$;

COMMIT;
