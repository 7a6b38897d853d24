-- Corrections, the newest first, at most 1000. $1 transcription. Gives: transcript_edit.
SELECT revision, segment, text, speaker, text_before, speaker_before, editor, made_at
  FROM transcription_edits
 WHERE transcription = $1::uuid
 ORDER BY revision DESC
 LIMIT 1000
