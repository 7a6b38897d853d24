-- Change an account; null leaves as it is. Its tokens of before end, with a new password its sessions too.
-- $1 address, $2 role, $3 plan, $4 whether it may log in, $5 password hash. Gives: account.
WITH ended AS (
    UPDATE sessions SET ended_at = clock_timestamp(), ended_by = 'password'
     WHERE $5::text IS NOT NULL AND ended_at IS NULL AND user_id = (SELECT id FROM users WHERE lower(email) = lower($1)))
UPDATE users
   SET role = coalesce($2, role), plan = coalesce($3, plan), enabled = coalesce($4::boolean, enabled),
       password_hash = coalesce($5::text, password_hash), updated_at = clock_timestamp(),
       password_changed_at = CASE WHEN $5::text IS NULL THEN password_changed_at ELSE clock_timestamp() END
 WHERE lower(email) = lower($1)
RETURNING id, email, name, role, plan, enabled, created_at
