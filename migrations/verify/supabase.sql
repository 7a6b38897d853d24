-- Verify palabre:supabase on pg
BEGIN;

SELECT id, met_at FROM supabase_people WHERE false;

ROLLBACK;
