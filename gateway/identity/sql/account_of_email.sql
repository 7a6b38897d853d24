-- The account of an address. $1 address. Gives: account_ref.
SELECT id
  FROM users
 WHERE lower(email) = lower($1)
