-- Files that are to go now, at most $1. Gives: file_left.
SELECT key
  FROM files_left
 WHERE drop_at <= clock_timestamp()
 ORDER BY drop_at
 LIMIT $1::int
