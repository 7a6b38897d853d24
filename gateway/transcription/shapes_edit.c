#include "transcription/edit.h"

SHAPE(transcript_row, "What a transcript is made of.",
    FIELD(transcript_row, id, "Its id."), FIELD(transcript_row, user_id, "Whose it is."), FIELD(transcript_row, title, "Of the video."),
    FIELD(transcript_row, video_url, "Where the video is."), FIELD(transcript_row, original_filename, "Of what was uploaded."),
    FIELD(transcript_row, language, "What is spoken."), FIELD(transcript_row, engine, "Which engine heard it."), FIELD(transcript_row, status, "Where it stands."),
    FIELD(transcript_row, text, "All of it."), FIELD(transcript_row, words, "JSON, sealed."), FIELD(transcript_row, segments, "JSON, sealed."),
    FIELD(transcript_row, confidence, "Mean."), FIELD(transcript_row, duration_seconds, "Of the sound."), FIELD(transcript_row, revision, "Its revision."),
    FIELD(transcript_row, created_at, "When it was asked for."), FIELD(transcript_row, completed_at, "When it came."));

SHAPE(segment_ref, "Names a correction.",
    FIELD(segment_ref, id, "Id of the transcription.", .need = true, .format = &format_uuid),
    FIELD(segment_ref, n,  "The revision that it made.", .min = 1));

SHAPE(segment_in, "A correction.",
    FIELD(segment_in, id,       "Id of the transcription.", .need = true, .format = &format_uuid),
    FIELD(segment_in, n,        "Which segment, from 0.", .max = 100000),
    FIELD(segment_in, text,     "What was said.", .need = true, .max = 20000),
    FIELD(segment_in, speaker,  "Who said it; as it was when absent, nobody in particular when empty.", .max = 80),
    FIELD(segment_in, revision, "The revision that is corrected: somebody may have been faster.", .need = true));

SHAPE(segment_view, "A segment.",
    FIELD(segment_view, n,       "Its number, from 0.", .need = true),
    FIELD(segment_view, text,    "What was said.", .need = true),
    FIELD(segment_view, speaker, "Who said it; null: not told apart.", .nullable = true),
    FIELD(segment_view, start,   "Seconds from the start of the recording."),
    FIELD(segment_view, end,     "Seconds from the start of the recording."));

SHAPE(segments_view, "A transcript in segments.",
    FIELD(segments_view, revision, "To be named by a correction.", .need = true),
    LIST(segments_view, segments,  "In time order.", segment_view));

SHAPE(segment_changed, "A corrected segment.",
    FIELD(segment_changed, revision, "That of the transcript now.", .need = true),
    OBJECT(segment_changed, segment, "The segment.", segment_view));

SHAPE(transcript_edit, "A correction.",
    FIELD(transcript_edit, revision,       "The revision that it made.", .need = true),
    FIELD(transcript_edit, segment,        "Of which segment.", .need = true),
    FIELD(transcript_edit, text,           "What it says since."),
    FIELD(transcript_edit, speaker,        "Who says it.", .nullable = true),
    FIELD(transcript_edit, text_before,    "What it said before."),
    FIELD(transcript_edit, speaker_before, "Who said it before.", .nullable = true),
    FIELD(transcript_edit, editor,         "Who corrected it."),
    FIELD(transcript_edit, made_at,        "When."));

SHAPE(history_view, "The corrections of a transcript.",
    FIELD(history_view, revision, "Its revision.", .need = true),
    LIST(history_view, edits,     "The newest first.", transcript_edit));
