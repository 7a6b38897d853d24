-- An account. $1 address. Gives: account.
SELECT id, email, name, role, plan, enabled, created_at
  FROM users
 WHERE lower(email) = lower($1)
