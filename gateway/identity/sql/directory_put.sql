-- The account of a person of the directory. The role is that of the group with the highest privilege; a super_admin is made
-- here, not there, and stays one. $1 id of a new account, $2 id in the directory, $3 DN, $4 address, $5 name, $6 CNs of groups.
-- Gives: directory_account.
WITH known AS (
    SELECT user_id FROM directory_users WHERE directory_id = $2
), granted AS (
    SELECT coalesce((SELECT r.role
                       FROM directory_roles r
                      WHERE lower(r.group_cn) IN (SELECT lower(cn) FROM unnest($6::text[]) AS cn)
                      ORDER BY r.privilege DESC
                      LIMIT 1), 'user') AS role
), made AS (
    INSERT INTO users (id, email, name, role, directory_dn)
    SELECT $1::uuid, $4, $5, granted.role, $3 FROM granted WHERE NOT EXISTS (SELECT FROM known)
    RETURNING id
), linked AS (
    INSERT INTO directory_users (user_id, directory_id, dn)
    SELECT made.id, $2, $3 FROM made
), kept AS (
    UPDATE users u
       SET name = $5, directory_dn = $3,
           role = CASE u.role WHEN 'super_admin' THEN u.role ELSE granted.role END,
           email = CASE WHEN EXISTS (SELECT FROM users o WHERE lower(o.email) = lower($4) AND o.id <> u.id) THEN u.email ELSE $4 END
      FROM known, granted
     WHERE u.id = known.user_id
    RETURNING u.id
), seen AS (
    UPDATE directory_users d SET dn = $3, seen_at = clock_timestamp() FROM known WHERE d.user_id = known.user_id
)
SELECT id FROM made UNION ALL SELECT id FROM kept
