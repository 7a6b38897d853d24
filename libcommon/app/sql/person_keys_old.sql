-- Keys that another master key wraps, at most $2. $1 id of the master key. Gives: person_key.
SELECT person, master, wrapped
  FROM person_keys
 WHERE wrapped IS NOT NULL
   AND master <> $1
 ORDER BY person
 LIMIT $2::int
   FOR UPDATE SKIP LOCKED
