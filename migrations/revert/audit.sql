-- Revert palabre:audit from pg
BEGIN;
DROP TABLE audit_entries, audit_personal, audit_queue, audit_links, audit_nodes, audit_checkpoints;
DROP FUNCTION audit_months_turn(), audit_month_make(date), audit_months_ended(date), audit_month_drop(text), audit_guard(regclass, text), audit_refuse();
COMMIT;
