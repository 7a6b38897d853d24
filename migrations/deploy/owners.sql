-- Deploy palabre:owners to pg
-- The work of one person, among that of all: what is looked for when somebody leaves. Of the columns none ever changes, so that
-- what a worker writes into a row touches no index.
BEGIN;

CREATE INDEX jobs_owner ON jobs (owner) WHERE id = root AND owner IS NOT NULL;

COMMIT;
