-- Deploy palabre:transcriptions_found to pg
BEGIN;

-- A person's transcriptions with a status (null: any) and with something in the title, address or file name (null: anything). It becomes
-- part of the statement that asks, so what that sorts and bounds is found by its index.
CREATE FUNCTION transcriptions_found(person uuid, standing text, said text) RETURNS SETOF transcriptions LANGUAGE sql STABLE AS $$
    SELECT *
      FROM transcriptions
     WHERE owner = person
       AND CASE standing WHEN 'processing' THEN status = 'pending' AND transcription_begun(job_id)
                         WHEN 'pending' THEN status = 'pending' AND NOT transcription_begun(job_id)
                         ELSE standing IS NULL OR status = standing END
       AND (said IS NULL OR position(lower(said) IN lower(concat_ws(' ', title, video_url, original_filename))) > 0)
$$;

COMMIT;
