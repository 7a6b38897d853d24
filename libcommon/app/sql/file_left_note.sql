-- A file goes, some time. $1 key, $2 in how many seconds.
INSERT INTO files_left (key, drop_at) VALUES ($1, clock_timestamp() + make_interval(secs => $2::bigint))
    ON CONFLICT (key) DO UPDATE SET drop_at = excluded.drop_at
