-- The months ahead of the audit log have their partitions.
SELECT audit_months_turn()
