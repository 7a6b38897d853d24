-- Forget mailed links that are not good any more.
DELETE FROM account_tokens
 WHERE expires_at < clock_timestamp()
