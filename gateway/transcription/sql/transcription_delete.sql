-- A transcription goes, with its corrections; its recording is noted to go. $1 id.
DELETE FROM transcriptions
 WHERE id = $1::uuid
