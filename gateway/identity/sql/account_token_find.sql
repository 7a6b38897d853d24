-- Whose a mailed token is, while it is good. $1 its hash, $2 purpose. Gives: user.
SELECT a.*
  FROM account_tokens t
  JOIN accounts a ON a.id = t.user_id AND lower(a.email) = lower(t.email)
 WHERE t.hash = $1
   AND t.purpose = $2
   AND t.expires_at > clock_timestamp()
   AND a.enabled
   AND NOT a.is_ldap_user
