-- An account. $1 id. Gives: user.
SELECT id, email, name, role, plan, enabled, created_at
  FROM users
 WHERE id = $1::uuid
