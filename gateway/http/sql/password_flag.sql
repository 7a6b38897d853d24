-- Whether an account's password must be changed. $1 account. Gives: password_flag.
SELECT must_change_password AS flagged
  FROM users
 WHERE id = $1::uuid
