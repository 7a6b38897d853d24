-- A question of a user. $1 id, $2 owner. Gives: ask.
SELECT id, job_id, text, question, language, created_at
  FROM asks
 WHERE id = $1::uuid
   AND owner = $2::uuid
