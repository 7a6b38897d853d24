-- An upload of somebody who has less than $7 open. $1 id, $2 owner, $3 file name, $4 type, $5 SHA-256 or null, $6 size. Gives: upload.
INSERT INTO uploads (id, owner, filename, type, sha256, size)
SELECT $1::uuid, $2::uuid, $3, $4, $5, $6::bigint
 WHERE (SELECT count(*) FROM uploads WHERE owner = $2::uuid AND transcription IS NULL) < $7::int
RETURNING id, owner, filename, type, sha256, size, received AS "offset", transcription, parts, created_at
