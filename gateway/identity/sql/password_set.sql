-- A new password. $1 account, $2 its hash, $3 whether it must be changed, $4 in how many seconds then.
UPDATE users
   SET password_hash = $2, must_change_password = $3::boolean,
       password_until = CASE WHEN $3::boolean THEN clock_timestamp() + make_interval(secs => $4::bigint) END, password_changed_at = clock_timestamp(), updated_at = clock_timestamp()
 WHERE id = $1::uuid
