-- A question. $1 id, $2 owner, or null: anybody's. Gives: ask.
SELECT id, owner, job_id, text, question, language, created_at
  FROM asks
 WHERE id = $1::uuid
   AND ($2::uuid IS NULL OR owner = $2::uuid)
