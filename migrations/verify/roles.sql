-- Verify palabre:roles on pg
BEGIN;

SELECT password_until FROM users WHERE false;
SELECT password_expired FROM accounts WHERE false;
SELECT 1 / (count(*) FILTER (WHERE system) / 7) FROM roles;

ROLLBACK;
