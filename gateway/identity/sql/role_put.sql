-- Make a role; no row when other systems call another one so. $1 name, $2 rank, $3 in words, $4 role of who makes it. Gives: role_found.
INSERT INTO roles (name, rank, about)
SELECT $1, $2::int, $3
 WHERE NOT EXISTS (SELECT FROM role_names WHERE name = $1)
RETURNING name, system AS is_system, rank < (SELECT rank FROM roles WHERE name = $4) AS below
