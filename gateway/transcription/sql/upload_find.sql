-- An upload. $1 id, $2 owner. Gives: upload.
SELECT id, owner, filename, type, sha256, size, received AS "offset", transcription, parts, created_at
  FROM uploads
 WHERE id = $1::uuid
   AND owner = $2::uuid
