-- Note which job makes a document; no row: another was noted meanwhile. $1 transcription, $2 revision, $3 format and options, $4 job,
-- $5 the job that this one replaces, or null. Gives: export_row.
INSERT INTO transcription_exports AS e (transcription, revision, form, job_id)
VALUES ($1::uuid, $2::int, $3, $4::uuid)
    ON CONFLICT (transcription, revision, form) DO UPDATE SET job_id = excluded.job_id WHERE e.job_id = $5::uuid
RETURNING job_id
