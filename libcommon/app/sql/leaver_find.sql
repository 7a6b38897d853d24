-- Who leaves. $1 person. Gives: leaver.
SELECT id AS person
  FROM users
 WHERE id = $1::uuid
   FOR UPDATE
