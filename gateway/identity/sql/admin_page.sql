-- A page of accounts, newest first, and how many there are. $1 role or null, $2 part of an address or name or null, $3 may log in or null,
-- $4 how many, $5 after so many. Gives: admin_row.
SELECT a.*, count(*) OVER () AS total
  FROM accounts a
 WHERE ($1::text IS NULL OR role = $1)
   AND ($2::text IS NULL OR position(lower($2) IN lower(concat_ws(' ', email, username, trigramme, name, first_name, last_name))) > 0)
   AND ($3::text IS NULL OR enabled = $3::boolean)
 ORDER BY id DESC
 LIMIT $4::int OFFSET $5::int
