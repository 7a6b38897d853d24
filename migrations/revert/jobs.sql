-- Revert palabre:jobs from pg
BEGIN;
DROP TABLE idempotency_keys;
DROP TABLE effects;
DROP TABLE outbox;
DROP TABLE jobs;
COMMIT;
