-- Become the leader, for as long as this session lives. Gives: leader.
SELECT pg_try_advisory_lock(hashtextextended('palabre-scheduler', 0)) AS leads
