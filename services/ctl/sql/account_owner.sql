-- What the owner of an account is called. $1 address. Gives: password_owner.
SELECT email, name, first_name, last_name, username, trigramme
  FROM users
 WHERE lower(email) = lower($1)
