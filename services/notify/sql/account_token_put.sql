-- Keep a token of an account, in the place of the one before; no row when there is nobody to be mailed it: a password that is not ours cannot be
-- reset, an address is verified once. $1 its hash, $2 account, $3 purpose, $4 seconds it is good for. Gives: addressee.
INSERT INTO account_tokens (hash, user_id, purpose, email, expires_at)
SELECT $1, id, $3, email, clock_timestamp() + make_interval(secs => $4::bigint)
  FROM users
 WHERE id = $2::uuid
   AND enabled
   AND directory_dn IS NULL
   AND CASE $3 WHEN 'reset' THEN password_hash IS NOT NULL ELSE email_verified_at IS NULL END
    ON CONFLICT (user_id, purpose) DO UPDATE SET hash = excluded.hash, email = excluded.email, expires_at = excluded.expires_at
RETURNING email
