-- Use a mailed token, once. $1 its hash, $2 purpose. Gives: account_ref. The account is locked before its token, as who changes its password does.
WITH whose AS (
    SELECT u.id
      FROM account_tokens t
      JOIN users u ON u.id = t.user_id AND lower(u.email) = lower(t.email)
     WHERE t.hash = $1
       AND t.purpose = $2
       AND t.expires_at > clock_timestamp()
       AND u.enabled
       AND u.directory_dn IS NULL
       FOR NO KEY UPDATE OF u
)
DELETE FROM account_tokens t
 USING whose
 WHERE t.hash = $1
   AND t.user_id = whose.id
RETURNING whose.id
