-- Verify palabre:audit on pg
BEGIN;
SELECT id, at, actor, action, type, resource, outcome, details, personal, key, seal FROM audit_entries WHERE false;
SELECT entry, actor, salt, members FROM audit_personal WHERE false;
SELECT n, entry, put_at FROM audit_queue WHERE false;
SELECT seq, entry, previous, hash, leaf, key FROM audit_links WHERE false;
SELECT level, place, hash FROM audit_nodes WHERE false;
SELECT size, root, chain, at, signer, signature FROM audit_checkpoints WHERE false;
-- Every table and partition refuses changes, in any role of replication.
SELECT 1 / (count(*) = 0)::int FROM pg_class c
 WHERE c.relkind IN ('r', 'p') AND c.relname ~ '^audit_(entries|personal|links|nodes|checkpoints)'
   AND 2 <> (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname IN ('audit_rows', 'audit_whole') AND t.tgenabled = 'A');
SELECT audit_months_turn();
ROLLBACK;
