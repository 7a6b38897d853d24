-- A question of somebody whose account is open; of another the owner is null, which the table refuses. $1 id, $2 owner, $3 job,
-- $4 blob key of the recording, $5 text, $6 what to do, $7 material, $8 language, $9 and $10 how $5 and $6 begin.
INSERT INTO asks (id, owner, job_id, recording, text, question, material, language, text_begin, question_begin)
VALUES ($1::uuid, (SELECT id FROM users WHERE id = $2::uuid AND enabled), $3::uuid, $4, $5, $6, $7, $8, $9, $10)
