-- Open an account. $1 id, $2 address, $3 name, $4 password hash. Gives: user.
INSERT INTO users (id, email, name, password_hash)
VALUES ($1::uuid, $2, $3, $4)
RETURNING id, email, name, role, plan, enabled, created_at
