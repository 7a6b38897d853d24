-- Change what an account says of itself; null leaves as it is. $1 id, $2 name, $3 first name, $4 last name, $5 address, $6 organization,
-- $7 department. Gives: account_ref.
UPDATE users
   SET name = coalesce($2, name), first_name = coalesce($3, first_name), last_name = coalesce($4, last_name),
       email = coalesce($5, email), organization = coalesce($6, organization), department = coalesce($7, department),
       updated_at = clock_timestamp()
 WHERE id = $1::uuid
RETURNING id
