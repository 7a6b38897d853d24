-- Destroy the key of a person; the row stays, so that none is made again. $1 person.
INSERT INTO person_keys (person, erased_at)
VALUES ($1::uuid, clock_timestamp())
ON CONFLICT (person) DO UPDATE SET master = NULL, wrapped = NULL, erased_at = coalesce(person_keys.erased_at, clock_timestamp())
