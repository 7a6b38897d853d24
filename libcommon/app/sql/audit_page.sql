-- Entries of the audit log, newest first; those without a link have no seq. $1 account, $2 action or the first words of one, $3 type of the
-- resource, $4 its id, $5 outcome, $6 and $7 from when on and until when; each of them or null. $8 how many at most, $9 how many are passed
-- over. At most 100000 are counted. Gives: audit_row.
WITH found AS NOT MATERIALIZED (
    SELECT id
      FROM audit_entries
     WHERE ($1::uuid IS NULL OR actor = $1::uuid)
       AND ($2::text IS NULL OR action = $2 OR starts_with(action, $2 || '.'))
       AND ($3::text IS NULL OR type = $3)
       AND ($4::text IS NULL OR resource = $4)
       AND ($5::text IS NULL OR outcome = $5)
       AND ($6::timestamptz IS NULL OR id >= uuid_at($6::timestamptz))
       AND ($7::timestamptz IS NULL OR id < uuid_at($7::timestamptz))
)
SELECT coalesce(l.seq, 0) AS seq, e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ts, e.actor AS user_id, e.action,
       e.type AS resource_type, e.resource AS resource_id, e.outcome, e.details, encode(e.personal, 'hex') AS personal, e.key,
       encode(e.seal, 'hex') AS seal, encode(l.previous, 'hex') AS prev_hash, encode(l.hash, 'hex') AS hash, encode(l.leaf, 'hex') AS leaf,
       coalesce(l.key, 0::smallint) AS link_key, p.members::json ->> 'ip' AS ip, p.members::json ->> 'user_agent' AS user_agent,
       p.members::json ->> 'identifier' AS identifier, (SELECT count(*) FROM (SELECT FROM found LIMIT 100000) AS counted) AS total
  FROM (SELECT id FROM found ORDER BY id DESC LIMIT $8::int OFFSET $9::int) AS page
  JOIN audit_entries e ON e.id = page.id
  LEFT JOIN audit_links l ON l.entry = e.id
  LEFT JOIN audit_personal p ON p.entry = e.id
 ORDER BY e.id DESC
