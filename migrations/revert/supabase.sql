-- Revert palabre:supabase from pg
BEGIN;

DROP TABLE supabase_people;

COMMIT;
