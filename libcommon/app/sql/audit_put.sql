-- Write entries, with what they tell of persons, and queue them to be linked. $1 ids, $2 times, $3 actors, $4 actions, $5 types and
-- $6 ids of resources, $7 outcomes, $8 details, $9 commitments in hex, $10 key ids, $11 seals in hex, $12 for each the salt in hex and the
-- members that its commitment covers, as one JSON text, or null.
WITH new AS (
    SELECT *
      FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                  $10::smallint[], $11::text[], $12::json[])
        AS n (id, at, actor, action, type, resource, outcome, details, personal, key, seal, person)
), entry AS (
    INSERT INTO audit_entries (id, at, actor, action, type, resource, outcome, details, personal, key, seal)
    SELECT id, at, actor, action, type, resource, outcome, details, decode(personal, 'hex'), key, decode(seal, 'hex')
      FROM new
), person AS (
    INSERT INTO audit_personal (entry, actor, salt, members)
    SELECT id, actor, decode(person ->> 0, 'hex'), person ->> 1
      FROM new
     WHERE person IS NOT NULL
)
INSERT INTO audit_queue (entry)
SELECT id
  FROM new
