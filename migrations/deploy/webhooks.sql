-- Deploy palabre:webhooks to pg
-- What happens here is told to addresses that people name. webhooks_tell is called in the transaction of what it tells of: there is no
-- event without its deliveries, and no delivery of what did not happen.
BEGIN;

-- Where to; the secrets are sealed with the owner's key. `failures` are those in a row, `failing_since` the first of them.
CREATE TABLE webhook_endpoints (
    id              uuid PRIMARY KEY,
    owner           uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    url             text NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
    description     text CHECK (length(description) <= 500),
    events          text[] NOT NULL CHECK (cardinality(events) BETWEEN 1 AND 50),
    secret          text NOT NULL,
    old_secret      text,                   -- signs beside it until old_until
    old_until       timestamptz,
    enabled         boolean NOT NULL DEFAULT true,
    disabled_reason text CHECK (disabled_reason IN ('owner', 'gone', 'failing')),
    failures        integer NOT NULL DEFAULT 0,
    failing_since   timestamptz,
    delivered_at    timestamptz,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (enabled = (disabled_reason IS NULL)),
    CHECK ((old_secret IS NULL) = (old_until IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX webhook_endpoints_owner ON webhook_endpoints (owner, id);

-- What is told: the bytes that are signed and sent, the same for every endpoint and attempt. Ids sort by time.
CREATE TABLE webhook_messages (
    id         text PRIMARY KEY CHECK (id ~ '^msg_[0-9a-f]{32}$'),
    owner      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    type       text NOT NULL CHECK (type ~ '^[A-Za-z0-9_.]{1,100}$'),
    payload    text NOT NULL CHECK (octet_length(payload) <= 20000),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhook_messages_owner ON webhook_messages (owner);

-- A message to an endpoint. `tries` are those of this round (a replay begins another), `attempts` those of all; `fence` is the attempt of
-- the job that wrote last.
CREATE TABLE webhook_deliveries (
    id          uuid PRIMARY KEY,
    endpoint    uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    message     text NOT NULL REFERENCES webhook_messages ON DELETE CASCADE,
    job_id      uuid NOT NULL,
    state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    tries       integer NOT NULL DEFAULT 0,
    attempts    integer NOT NULL DEFAULT 0,
    fence       integer NOT NULL DEFAULT 0,
    status_code integer,
    error       text,
    next_at     timestamptz,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at    timestamptz
) WITH (fillfactor = 80);
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint, id);
CREATE INDEX webhook_deliveries_message  ON webhook_deliveries (message);
CREATE INDEX webhook_deliveries_job      ON webhook_deliveries (job_id);

-- The last attempts of a delivery, numbered from 1.
CREATE TABLE webhook_attempts (
    delivery    uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    n           integer NOT NULL,
    at          timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status_code integer,
    error       text,
    PRIMARY KEY (delivery, n)
);

-- A UUID of version 7 of now: 48 bits of milliseconds, the rest by chance.
CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                                          FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- The job of a delivery with its ticket, as job_put.sql writes them. How often is the worker's to say: 60 bounds a worker that dies of it.
-- Gives the ticket's row in the outbox.
CREATE FUNCTION webhook_job(job uuid, delivery uuid, owner uuid, lane text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    INSERT INTO jobs (id, root, kind, lane, owner, input, attempts_most, due_at)
    VALUES ($1, $1, 'notify.webhook', $4, $3, jsonb_build_object('delivery', $2), 60, clock_timestamp() + interval '60 s');
    INSERT INTO outbox (job_id, kind, lane) VALUES ($1, 'notify.webhook', $4) RETURNING id
$$;

CREATE FUNCTION webhook_message(owner uuid, type text, data jsonb) RETURNS text LANGUAGE sql VOLATILE AS $$
    INSERT INTO webhook_messages (id, owner, type, payload)
    VALUES ('msg_' || replace(uuid_v7()::text, '-', ''), $1, $2,
            format('{"type":%s,"timestamp":"%s","data":%s}', to_json($2), to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), $3))
    RETURNING id
$$;

CREATE FUNCTION webhook_send(message text, endpoint uuid, owner uuid, lane text, OUT delivery uuid, OUT job_id uuid, OUT outbox bigint) LANGUAGE plpgsql AS $$
BEGIN
    delivery := uuid_v7();
    job_id := uuid_v7();
    INSERT INTO webhook_deliveries (id, endpoint, message, job_id) VALUES (delivery, endpoint, message, job_id);
    outbox := webhook_job(job_id, delivery, owner, lane);
END
$$;

-- Tell the endpoints of `owner` that want it. Who has none pays for a look at an index. Gives how many are told.
CREATE FUNCTION webhooks_tell(owner uuid, type text, data jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    wanting uuid[];
    message text;
BEGIN
    SELECT array_agg(e.id) INTO wanting
      FROM webhook_endpoints e
     WHERE e.owner = $1 AND e.enabled AND e.events && ARRAY[$2, split_part($2, '.', 1) || '.*', '*'];
    IF wanting IS NULL THEN
        RETURN 0;
    END IF;
    message := webhook_message(owner, type, data);
    PERFORM webhook_send(message, one, owner, 'batch') FROM unnest(wanting) AS one;
    RETURN cardinality(wanting);
END
$$;

-- A delivery follows its job, whoever ends it or queues it again.
CREATE FUNCTION webhook_job_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'queued' THEN
        UPDATE webhook_deliveries SET state = 'pending', tries = 0, ended_at = NULL WHERE job_id = NEW.id AND state = 'failed';
    ELSE
        UPDATE webhook_deliveries SET state = 'failed', error = coalesce(NEW.error_text, NEW.error), next_at = NULL, ended_at = clock_timestamp()
         WHERE job_id = NEW.id AND state = 'pending';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_job AFTER UPDATE OF state ON jobs FOR EACH ROW
    WHEN (NEW.kind = 'notify.webhook' AND (NEW.state IN ('failed', 'cancelled', 'expired', 'unknown')
                                           OR (NEW.state = 'queued' AND OLD.state IN ('failed', 'cancelled', 'expired', 'unknown'))))
    EXECUTE FUNCTION webhook_job_turned();

INSERT INTO permissions (code, about) VALUES ('webhooks:manage:own', 'Have one''s own events told to an address.');
INSERT INTO role_permissions (role, permission) SELECT name, 'webhooks:manage:own' FROM roles WHERE name <> 'super_admin';

COMMIT;
