-- Verify palabre:mail on pg
BEGIN;

SELECT hash, user_id, purpose, email, expires_at FROM account_tokens WHERE false;
SELECT email_verified FROM accounts WHERE false;
SELECT 1 / (count(*) / 2) FROM pg_trigger WHERE tgname IN ('users_email_change', 'users_password_changed');

ROLLBACK;
