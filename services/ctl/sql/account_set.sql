-- Change an account; null leaves as it is. $1 address, $2 role, $3 plan, $4 whether it may log in, $5 password hash. Gives: account.
UPDATE users
   SET role = coalesce($2, role), plan = coalesce($3, plan), enabled = coalesce($4::boolean, enabled),
       password_hash = coalesce($5, password_hash)
 WHERE lower(email) = lower($1)
RETURNING id, email, name, role, plan, enabled, created_at
