-- Links in order, each with its entry and what that tells of a person, where these are still there. $1 the first sequence number, $2 the last,
-- $3 how many at most. Gives: audit_row.
SELECT l.seq, l.entry AS id, encode(l.previous, 'hex') AS prev_hash, encode(l.hash, 'hex') AS hash, encode(l.leaf, 'hex') AS leaf,
       l.key AS link_key, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ts, e.actor AS user_id, e.action,
       e.type AS resource_type, e.resource AS resource_id, e.outcome, e.details, encode(e.personal, 'hex') AS personal, e.key,
       encode(e.seal, 'hex') AS seal, encode(p.salt, 'hex') AS salt, p.members,
       e.personal IS NOT NULL AND p.salt IS NULL AND NOT EXISTS (
           SELECT
             FROM audit_entries x
            WHERE x.action = 'audit.erased'
              AND x.resource = e.actor::text
              AND x.id > e.id) AS lost
  FROM audit_links l
  LEFT JOIN audit_entries e ON e.id = l.entry
  LEFT JOIN audit_personal p ON p.entry = l.entry
 WHERE l.seq BETWEEN $1::bigint AND $2::bigint
 ORDER BY l.seq
 LIMIT $3::int
