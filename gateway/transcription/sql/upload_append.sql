-- A part has come, unless another one was faster. $1 upload, $2 where it begins, $3 its bytes, $4 its key. Gives: upload.
WITH grown AS (
    UPDATE uploads
       SET received = received + $3::bigint, parts = parts + 1, updated_at = clock_timestamp()
     WHERE id = $1::uuid
       AND received = $2::bigint
       AND received + $3::bigint <= size
    RETURNING id, owner, filename, type, sha256, size, received, transcription, parts, created_at
), part AS (
    INSERT INTO upload_parts (upload, at, key)
    SELECT id, $2::bigint, $4
      FROM grown
)
SELECT id, owner, filename, type, sha256, size, received AS "offset", transcription, parts, created_at
  FROM grown
