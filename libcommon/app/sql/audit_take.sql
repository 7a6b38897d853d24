-- Entries that wait for their links, the oldest first; one that is gone has no action. $1 how many at most. Gives: audit_row.
SELECT q.n, q.entry AS id, extract(epoch FROM clock_timestamp() - q.put_at)::float8 AS waited_s,
       to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ts, e.actor AS user_id, e.action, e.type AS resource_type,
       e.resource AS resource_id, e.outcome, e.details, encode(e.personal, 'hex') AS personal, e.key, encode(e.seal, 'hex') AS seal
  FROM audit_queue q
  LEFT JOIN audit_entries e ON e.id = q.entry
 ORDER BY q.n
 LIMIT $1::int
