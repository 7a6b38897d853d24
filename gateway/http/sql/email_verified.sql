-- Whether the address of an account is verified. $1 account. Gives: email_flag.
SELECT email_verified AS verified
  FROM accounts
 WHERE id = $1::uuid
