-- Verify palabre:webhooks on pg
BEGIN;
SELECT id, owner, url, description, events, secret, old_secret, old_until, enabled, disabled_reason, failures, failing_since, delivered_at, created_at, updated_at
  FROM webhook_endpoints WHERE false;
SELECT id, owner, type, payload, created_at FROM webhook_messages WHERE false;
SELECT id, endpoint, message, job_id, state, tries, attempts, fence, status_code, error, next_at, created_at, ended_at FROM webhook_deliveries WHERE false;
SELECT delivery, n, at, duration_ms, status_code, error FROM webhook_attempts WHERE false;
SELECT has_function_privilege('webhooks_tell(uuid, text, jsonb)', 'execute');
SELECT 1 / count(*) FROM permissions WHERE code = 'webhooks:manage:own';
ROLLBACK;
