-- The last correction of each segment, in their order. $1 transcription. Gives: transcript_edit.
SELECT DISTINCT ON (segment) segment, revision, text, speaker
  FROM transcription_edits
 WHERE transcription = $1::uuid
 ORDER BY segment, revision DESC
