-- Hold the life lock of a worker for as long as this session lives. $1 worker.
SELECT pg_advisory_lock(hashtextextended($1, 0)) IS NULL
