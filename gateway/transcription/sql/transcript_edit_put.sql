-- Correct a segment of a transcript that is still at a revision. $1 transcription, $2 that revision, $3 segment, $4 text, $5 speaker,
-- $6 text before, $7 speaker before, $8 editor, $9 all of the text. Gives: transcript_edit.
WITH turned AS (
    UPDATE transcriptions
       SET revision = revision + 1, edited = $9, updated_at = clock_timestamp()
     WHERE id = $1::uuid
       AND revision = $2::int
       AND status = 'completed'
    RETURNING id, revision
)
INSERT INTO transcription_edits (transcription, revision, segment, text, speaker, text_before, speaker_before, editor)
SELECT id, revision, $3::int, $4, $5, $6, $7, $8::uuid
  FROM turned
RETURNING revision
