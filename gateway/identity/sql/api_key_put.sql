-- Keep a key of a program. $1 id, $2 account, $3 name, $4 how it begins, $5 hash, $6 scope, $7 when it ends or null. Gives: api_key.
INSERT INTO api_keys (id, owner, name, start, hash, scope, expires_at)
VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, $7::timestamptz)
RETURNING id, name, start, scope, created_at, expires_at, used_at
