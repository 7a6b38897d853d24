-- Deploy palabre:jobs to pg
BEGIN;

-- One row per job. A single job is its own root. A flow is a root in state 'waiting' whose steps are jobs
-- of their own, one at a time. (id, attempt) is the fencing token of everything a worker writes.
CREATE TABLE jobs (
    id            uuid PRIMARY KEY,
    root          uuid NOT NULL,
    step          text,
    place         integer NOT NULL DEFAULT 0,
    kind          text NOT NULL,
    lane          text NOT NULL DEFAULT 'live' CHECK (lane IN ('live', 'quick', 'batch')),
    state         text NOT NULL DEFAULT 'queued'
                  CHECK (state IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'expired', 'unknown')),
    owner         uuid,
    input         jsonb NOT NULL DEFAULT '{}',
    steps         jsonb,
    result        jsonb,
    explain       jsonb,
    error         text,
    error_text    text,
    attempt       integer NOT NULL DEFAULT 0,
    attempts_most integer NOT NULL DEFAULT 5,
    percent       integer NOT NULL DEFAULT 0,
    worker        text,
    trace         text,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at    timestamptz,
    finished_at   timestamptz,
    run_after     timestamptz,
    deadline_at   timestamptz,
    -- When the scheduler must look at the row again: a ticket may be lost (queued), the lease ends (running),
    -- the deadline passes (waiting). NULL once ended.
    due_at        timestamptz
) WITH (fillfactor = 70);

CREATE INDEX jobs_due   ON jobs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_steps ON jobs (root, place) WHERE step IS NOT NULL;

-- Tickets to publish. A row is deleted once the broker has confirmed its ticket.
CREATE TABLE outbox (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id uuid NOT NULL,
    kind   text NOT NULL,
    lane   text NOT NULL,
    trace  text,
    put_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The effect ledger.
CREATE TABLE effects (
    job_id     uuid NOT NULL,
    name       text NOT NULL,
    attempt    integer NOT NULL,
    state      text NOT NULL CHECK (state IN ('begun', 'done', 'failed')),
    result     jsonb,
    error      text,
    cost_micro bigint,
    begun_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at   timestamptz,
    PRIMARY KEY (job_id, name)
);

-- Answers kept for repeated requests (Idempotency-Key).
CREATE TABLE idempotency_keys (
    caller      text NOT NULL,
    route       text NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    job_id      uuid,
    status      integer,
    body        text,
    location    text,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (caller, route, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

COMMIT;
