-- The links of entries that tell of what was taken away: months. Gives: audit_row.
SELECT l.seq, l.entry AS id, encode(l.previous, 'hex') AS prev_hash, encode(l.hash, 'hex') AS hash, encode(l.leaf, 'hex') AS leaf,
       l.key AS link_key, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ts, e.actor AS user_id, e.action,
       e.type AS resource_type, e.resource AS resource_id, e.outcome, e.details, encode(e.personal, 'hex') AS personal, e.key,
       encode(e.seal, 'hex') AS seal
  FROM audit_entries e
  JOIN audit_links l ON l.entry = e.id
 WHERE e.action = 'audit.retired'
 ORDER BY l.seq
