-- Revert palabre:partitions from pg
BEGIN;

DROP FUNCTION partitions_turn(integer), partitions_drop(date), partitions_make(date), uuid_at(timestamptz);
ALTER TABLE jobs    RENAME TO jobs_parts;
ALTER TABLE effects RENAME TO effects_parts;
CREATE TABLE jobs    (LIKE jobs_parts INCLUDING DEFAULTS INCLUDING CONSTRAINTS) WITH (fillfactor = 70);
CREATE TABLE effects (LIKE effects_parts INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
INSERT INTO jobs    SELECT * FROM jobs_parts;
INSERT INTO effects SELECT * FROM effects_parts;
DROP TABLE jobs_parts;
DROP TABLE effects_parts;
ALTER TABLE jobs    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE effects ADD CONSTRAINT effects_pkey PRIMARY KEY (job_id, name);
CREATE INDEX jobs_due   ON jobs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_steps ON jobs (root, place) WHERE step IS NOT NULL;

COMMIT;
