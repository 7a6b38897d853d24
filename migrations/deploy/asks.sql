-- Deploy palabre:asks to pg
BEGIN;

-- A question, spoken or typed. Its state and its answer are those of its job and the job's steps.
CREATE TABLE asks (
    id         uuid PRIMARY KEY,
    owner      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    job_id     uuid NOT NULL,
    recording  text,
    text       text,
    question   text,
    material   text,
    language   text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX asks_owner ON asks (owner, id DESC);
CREATE INDEX asks_job   ON asks (job_id);

COMMIT;
