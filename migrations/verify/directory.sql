-- Verify palabre:directory on pg
BEGIN;

SELECT user_id, directory_id, dn, seen_at FROM directory_users WHERE false;
SELECT 1 / (count(*) FILTER (WHERE role = 'admin' AND privilege > 40) / 2) FROM directory_roles;

ROLLBACK;
