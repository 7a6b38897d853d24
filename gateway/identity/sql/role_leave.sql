-- Another role for everybody who has one. $1 role, $2 the other. Gives: user_version.
UPDATE users
   SET role = $2, external_role = NULL, updated_at = clock_timestamp()
 WHERE role = $1
RETURNING id, token_version::bigint AS version
