-- Nothing of a person is left. $1 person.
UPDATE erasures
   SET ended_at = clock_timestamp()
 WHERE person = $1::uuid
