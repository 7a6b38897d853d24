-- How many sessions can go on. Gives: session_count.
SELECT count(*) AS n
  FROM sessions
 WHERE ended_at IS NULL AND expires_at > clock_timestamp()
