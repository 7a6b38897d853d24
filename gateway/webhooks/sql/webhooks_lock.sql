-- Of one account, webhooks are made and tested one after the other: they are counted. $1 account.
SELECT id
  FROM users
 WHERE id = $1::uuid
   FOR NO KEY UPDATE
