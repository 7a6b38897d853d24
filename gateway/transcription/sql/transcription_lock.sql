-- Who asks for the same at the same time goes one after the other. $1 owner, $2 what is asked.
SELECT pg_advisory_xact_lock(hashtextextended($1 || $2, 0))
