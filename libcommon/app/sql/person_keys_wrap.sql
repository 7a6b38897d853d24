-- Keys wrapped anew. $1 persons, $2 wrapped keys, $3 id of the master key.
UPDATE person_keys k
   SET master = $3, wrapped = n.wrapped
  FROM unnest($1::uuid[], $2::text[]) AS n (person, wrapped)
 WHERE k.person = n.person
   AND k.wrapped IS NOT NULL
