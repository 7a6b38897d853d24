-- Delete an account. $1 id. Gives: account_ref.
DELETE FROM users
 WHERE id = $1::uuid
RETURNING id
