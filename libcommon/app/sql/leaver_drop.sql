-- An account goes, with its questions; what is to be done after that is noted. $1 person.
WITH noted AS (
    INSERT INTO erasures (person) VALUES ($1::uuid) ON CONFLICT DO NOTHING
), keys AS (
    DELETE FROM idempotency_keys WHERE caller = $1::uuid::text
)
DELETE FROM users
 WHERE id = $1::uuid
