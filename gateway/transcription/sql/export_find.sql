-- The document of a revision. $1 transcription, $2 revision, $3 format and options. Gives: export_row.
SELECT job_id
  FROM transcription_exports
 WHERE transcription = $1::uuid
   AND revision = $2::int
   AND form = $3
