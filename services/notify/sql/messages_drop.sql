-- Messages that are too old go, with their deliveries; what is still to be delivered stays. $1 days, $2 how many at most. Gives: tidied.
WITH old AS (
    SELECT m.id
      FROM webhook_messages m
     WHERE m.id < 'msg_' || replace(uuid_at(clock_timestamp() - make_interval(days => $1::int))::text, '-', '')
       AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.message = m.id AND d.state = 'pending')
     ORDER BY m.id
     LIMIT $2::int
), gone AS (
    DELETE FROM webhook_messages m
     USING old
     WHERE m.id = old.id
    RETURNING m.id
)
SELECT count(*)::int AS gone
  FROM gone
