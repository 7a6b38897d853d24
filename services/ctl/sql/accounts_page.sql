-- Accounts, newest first. ctl is the operator's second hand on every table; what these are, their owners say. $1 the id that ended the
-- page before or null, $2 role or null, $3 how many at most.
-- Gives: account.
SELECT id, email, name, role, plan, enabled, created_at
  FROM users
 WHERE ($1::uuid IS NULL OR id < $1::uuid)
   AND ($2::text IS NULL OR role = $2)
 ORDER BY id DESC
 LIMIT $3::int
