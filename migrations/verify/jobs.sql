-- Verify palabre:jobs on pg
BEGIN;
SELECT id, root, step, place, kind, lane, state, owner, input, steps, result, attempt, due_at FROM jobs WHERE false;
SELECT id, job_id, kind, lane, trace FROM outbox WHERE false;
SELECT job_id, name, attempt, state, result, cost_micro FROM effects WHERE false;
SELECT caller, route, key, fingerprint FROM idempotency_keys WHERE false;
ROLLBACK;
