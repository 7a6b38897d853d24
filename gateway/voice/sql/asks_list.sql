-- Questions of a user, newest first. $1 owner, $2 those before this id or null, $3 how many. Gives: ask_row.
SELECT a.id, a.job_id, j.state, j.percent, a.text_begin AS text, a.question_begin AS question, a.language, j.error,
       a.created_at, j.finished_at, (SELECT count(*) FROM asks WHERE owner = $1::uuid) AS total
  FROM asks a
  JOIN jobs j ON j.id = a.job_id
 WHERE a.owner = $1::uuid
   AND ($2::uuid IS NULL OR a.id < $2::uuid)
 ORDER BY a.id DESC
 LIMIT $3::int
