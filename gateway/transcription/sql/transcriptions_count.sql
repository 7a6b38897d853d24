-- How many of them fit. $1 owner, $2 status or null, $3 what is in the title, address or file name, or null. Gives: transcriptions_n.
SELECT count(*) AS n
  FROM transcriptions
 WHERE owner = $1::uuid
   AND CASE $2 WHEN 'processing' THEN status = 'pending' AND transcription_begun(job_id)
               WHEN 'pending' THEN status = 'pending' AND NOT transcription_begun(job_id)
               ELSE $2 IS NULL OR status = $2 END
   AND ($3::text IS NULL OR position(lower($3) IN lower(concat_ws(' ', title, video_url, original_filename))) > 0)
