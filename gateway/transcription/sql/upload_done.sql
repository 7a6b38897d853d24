-- An upload has become a transcription; its parts are noted to go, and it says so for a day. $1 id, $2 transcription.
WITH gone AS (
    DELETE FROM upload_parts
     WHERE upload = $1::uuid
)
UPDATE uploads
   SET transcription = $2::uuid, updated_at = clock_timestamp()
 WHERE id = $1::uuid
