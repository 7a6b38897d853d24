-- Where an account is told what has become of it; no row when it is gone or closed. $1 account. Gives: addressee.
SELECT email
  FROM users
 WHERE id = $1::uuid
   AND enabled
