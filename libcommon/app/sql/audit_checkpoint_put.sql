-- Keep a checkpoint. $1 size, $2 root and $3 hash of the last link in hex, $4 time, $5 signer or null, $6 signature in hex or null.
INSERT INTO audit_checkpoints (size, root, chain, at, signer, signature)
VALUES ($1::bigint, decode($2, 'hex'), decode($3, 'hex'), $4::timestamptz, $5, decode($6, 'hex'))
