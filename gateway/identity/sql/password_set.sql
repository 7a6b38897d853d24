-- A new password. $1 account, $2 its hash, $3 whether it must be changed.
UPDATE users
   SET password_hash = $2, must_change_password = $3::boolean, password_changed_at = clock_timestamp(), updated_at = clock_timestamp()
 WHERE id = $1::uuid
