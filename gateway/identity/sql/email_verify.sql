-- The address of an account is its person's. $1 account.
UPDATE users
   SET email_verified_at = coalesce(email_verified_at, clock_timestamp())
 WHERE id = $1::uuid
