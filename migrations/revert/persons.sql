-- Revert palabre:persons from pg
BEGIN;
ALTER TABLE asks DROP COLUMN text_begin, DROP COLUMN question_begin;
DROP TABLE erasures, person_keys;
COMMIT;
