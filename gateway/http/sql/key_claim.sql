-- Claim an idempotency key; whoever comes second waits for the first to commit. $1 caller, $2 route, $3 key, $4 fingerprint.
-- Keys older than a day are free again. Gives: key_row.
INSERT INTO idempotency_keys AS k (caller, route, key, fingerprint)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (caller, route, key) DO UPDATE
   SET fingerprint = EXCLUDED.fingerprint, status = NULL, body = NULL, location = NULL, created_at = EXCLUDED.created_at
 WHERE k.created_at < clock_timestamp() - interval '1 day'
RETURNING fingerprint
