-- Revert palabre:webhooks from pg
BEGIN;
DELETE FROM permissions WHERE code = 'webhooks:manage:own';
DROP TRIGGER webhook_job ON jobs;
DROP FUNCTION webhook_job_turned();
DROP FUNCTION webhooks_tell(uuid, text, jsonb);
DROP FUNCTION webhook_send(text, uuid, uuid, text);
DROP FUNCTION webhook_message(uuid, text, jsonb);
DROP FUNCTION webhook_job(uuid, uuid, uuid, text);
DROP FUNCTION uuid_v7();
DROP TABLE webhook_attempts, webhook_deliveries, webhook_messages, webhook_endpoints;
COMMIT;
