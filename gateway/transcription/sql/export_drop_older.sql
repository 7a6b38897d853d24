-- Documents of older revisions go, with their files. $1 transcription, $2 revision.
DELETE FROM transcription_exports
 WHERE transcription = $1::uuid
   AND revision < $2::int
