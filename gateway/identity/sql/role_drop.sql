-- Delete a role that nobody has. $1 role.
DELETE FROM roles
 WHERE name = $1
