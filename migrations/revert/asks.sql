-- Revert palabre:asks from pg
BEGIN;
DROP TABLE asks;
COMMIT;
