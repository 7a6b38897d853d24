-- An account. $1 id. Gives: user.
SELECT *
  FROM accounts
 WHERE id = $1::uuid
