-- An account with its hash. $1 address. Gives: user.
SELECT id, email, name, role, plan, password_hash, enabled, created_at
  FROM users
 WHERE lower(email) = lower($1)
