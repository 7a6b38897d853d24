-- What a role is, in words; null leaves as it is. $1 role, $2 words.
UPDATE roles
   SET about = coalesce($2, about)
 WHERE name = $1
