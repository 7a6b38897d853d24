-- How many entries wait for their links, and since when; how many older than a minute have no link though they do not wait. $1 how many days
-- to look back for these. Gives: audit_pending.
SELECT (SELECT count(*) FROM audit_queue) AS entries,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - min(put_at)) FROM audit_queue), 0)::float8 AS oldest_s,
       (SELECT count(*)
          FROM audit_entries e
         WHERE e.id > uuid_at(GREATEST(now() - make_interval(days => $1::int), 'epoch'))
           AND e.id < uuid_at(now() - interval '1 minute')
           AND NOT EXISTS (SELECT FROM audit_links l WHERE l.entry = e.id)
           AND NOT EXISTS (SELECT FROM audit_queue q WHERE q.entry = e.id)) AS stray
