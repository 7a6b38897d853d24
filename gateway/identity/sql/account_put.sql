-- Open an account; no row when its trigramme is somebody's name. $1 id, $2 address, $3 name, $4 password hash, $5 trigramme or null,
-- $6 first name, $7 last name, $8 user name, $9 role, $10 whether the password must be changed, $11 in how many seconds then. Gives: account_ref.
INSERT INTO users (id, email, name, password_hash, trigramme, first_name, last_name, username, role, must_change_password, password_until)
SELECT $1::uuid, $2, $3, $4, upper($5), $6, $7, $8, $9, $10::boolean,
       CASE WHEN $10::boolean THEN clock_timestamp() + make_interval(secs => $11::bigint) END
 WHERE NOT EXISTS (SELECT FROM users WHERE lower(username) = lower($5) OR trigramme = upper($8))
RETURNING id
