-- Transcriptions go; their recordings are noted to go. $1 ids.
DELETE FROM transcriptions
 WHERE id = ANY ($1::uuid[])
