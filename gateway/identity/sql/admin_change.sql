-- Change an account; null leaves as it is. $1 account, $2 address, $3 name, $4 first name, $5 last name, $6 user name, $7 trigramme,
-- $8 organization, $9 department. Gives: account_ref.
UPDATE users
   SET email = coalesce($2, email), name = coalesce($3, name), first_name = coalesce($4, first_name), last_name = coalesce($5, last_name),
       username = coalesce($6, username), trigramme = coalesce(upper($7), trigramme), organization = coalesce($8, organization),
       department = coalesce($9, department), updated_at = clock_timestamp()
 WHERE id = $1::uuid
RETURNING id
