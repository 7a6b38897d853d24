-- Verify palabre:users on pg
BEGIN;
SELECT id, email, name, password_hash, role, enabled, created_at FROM users WHERE false;
ROLLBACK;
