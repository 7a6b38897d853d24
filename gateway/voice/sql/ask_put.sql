-- A question of somebody whose account is open. $1 id, $2 owner, $3 job, $4 blob key of the recording, $5 text, $6 what to do,
-- $7 material, $8 language. Gives: ask.
INSERT INTO asks (id, owner, job_id, recording, text, question, material, language)
SELECT $1::uuid, id, $3::uuid, $4, $5, $6, $7, $8
  FROM users
 WHERE id = $2::uuid
   AND enabled
RETURNING id, job_id
