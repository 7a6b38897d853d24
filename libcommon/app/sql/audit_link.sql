-- Link entries and take them off the queue. $1 sequence numbers, $2 entries, $3 the hashes before, $4 hashes, $5 leaves, in hex, $6 key id,
-- $7 numbers in the queue, also of entries that are gone.
WITH done AS (
    DELETE FROM audit_queue
     WHERE n = ANY ($7::bigint[])
)
INSERT INTO audit_links (seq, entry, previous, hash, leaf, key)
SELECT seq, entry, decode(previous, 'hex'), decode(hash, 'hex'), decode(leaf, 'hex'), $6::smallint
  FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[]) AS n (seq, entry, previous, hash, leaf)
