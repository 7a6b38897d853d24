-- Be the only one who links entries, or makes checkpoints, until the end of the transaction. $1 which. Gives: audit_lock.
SELECT pg_try_advisory_xact_lock(hashtextextended('palabre-audit-' || $1, 0)) AS mine
