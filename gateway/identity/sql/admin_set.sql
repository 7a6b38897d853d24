-- Change what an account may do; null leaves as it is. $1 account, $2 role, $3 as its own system calls that, $4 may log in. Gives: user_version.
UPDATE users
   SET role = coalesce($2, role), external_role = coalesce($3, external_role), enabled = coalesce($4::boolean, enabled),
       updated_at = clock_timestamp()
 WHERE id = $1::uuid
RETURNING id, token_version::bigint AS version
