-- Open an account. $1 id, $2 address, $3 name or null, $4 role, $5 plan, $6 password hash. Gives: account.
INSERT INTO users (id, email, name, role, plan, password_hash)
VALUES ($1::uuid, $2, $3, $4, $5, $6)
RETURNING id, email, name, role, plan, enabled, created_at
