-- A key for a person who has none and never had. $1 person, $2 id of the master key, $3 wrapped key.
INSERT INTO person_keys (person, master, wrapped)
VALUES ($1::uuid, $2, $3)
ON CONFLICT DO NOTHING
