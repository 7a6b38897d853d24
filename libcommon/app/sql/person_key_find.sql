-- The key of a person. $1 person. Gives: person_key.
SELECT person, master, wrapped
  FROM person_keys
 WHERE person = $1::uuid
