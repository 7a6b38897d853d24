-- Which PostgreSQL answers. Gives: reach.
SELECT 'PostgreSQL ' || current_setting('server_version') AS says
