-- Verify palabre:persons on pg
BEGIN;
SELECT person, master, wrapped, made_at, erased_at FROM person_keys WHERE false;
SELECT person, asked_at, ended_at FROM erasures WHERE false;
SELECT text_begin, question_begin FROM asks WHERE false;
ROLLBACK;
