-- The account that somebody means: by address, trigramme or name, in this order. $1 what they typed. Gives: user.
SELECT *
  FROM accounts
 WHERE lower(email) = lower($1) OR trigramme = upper($1) OR lower(username) = lower($1)
 ORDER BY lower(email) = lower($1) DESC, trigramme = upper($1) DESC NULLS LAST
 LIMIT 1
