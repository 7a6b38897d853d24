-- The last checkpoint, at most of this size. $1 the size. Gives: audit_checkpoint.
SELECT size, encode(root, 'hex') AS root, encode(chain, 'hex') AS chain,
       to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, signer, encode(signature, 'hex') AS signature
  FROM audit_checkpoints
 WHERE size <= $1::bigint
 ORDER BY size DESC
 LIMIT 1
