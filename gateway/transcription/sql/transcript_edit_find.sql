-- A correction. $1 transcription, $2 revision. Gives: transcript_edit.
SELECT revision, segment, text, speaker, text_before, speaker_before, editor, made_at
  FROM transcription_edits
 WHERE transcription = $1::uuid
   AND revision = $2::int
