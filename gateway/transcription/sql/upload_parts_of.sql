-- The parts of an upload, in order. $1 upload. Gives: upload_part.
SELECT key
  FROM upload_parts
 WHERE upload = $1::uuid
 ORDER BY at
