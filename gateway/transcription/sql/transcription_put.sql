-- A transcription of somebody whose account is open; of another the owner is null, which the table refuses. $1 id, $2 owner, $3 job,
-- $4 what is asked, $5 source, $6 address, $7 file name, $8 blob key of the recording, $9 language.
INSERT INTO transcriptions (id, owner, job_id, asked, source_type, video_url, original_filename, recording, language)
VALUES ($1::uuid, (SELECT id FROM users WHERE id = $2::uuid AND enabled), $3::uuid, $4, $5, $6, $7, $8, $9)
