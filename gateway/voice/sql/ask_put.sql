-- A question. $1 id, $2 owner, $3 job, $4 blob key of the recording, $5 text, $6 what to do, $7 material, $8 language.
INSERT INTO asks (id, owner, job_id, recording, text, question, material, language)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8)
