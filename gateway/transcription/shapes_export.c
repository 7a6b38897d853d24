#include "transcription/shapes_export.h"

static const char *const formats[] = { "txt", "srt", "vtt", "json", "md", "docx", "pdf", NULL };
static const char *const yes_no[] = { "1", "0", "true", "false", NULL };
static const char *const languages[] = { "fr", "en", NULL };

SHAPE(export_in, "Which transcription, in which format.",
    FIELD(export_in, id,         "Its id.", .need = true, .format = &format_uuid),
    FIELD(export_in, format,     "txt, srt, vtt, json, md, docx or pdf.", .need = true, .one_of = formats),
    FIELD(export_in, timestamps, "Tell when each paragraph begins: md, docx and pdf do unless told 0, txt when told 1.", .one_of = yes_no),
    FIELD(export_in, speakers,   "Tell who speaks; 1 when absent.", .one_of = yes_no),
    FIELD(export_in, language,   "Of the labels: fr or en; as Accept-Language says when absent.", .one_of = languages),
    FIELD(export_in, wrap,       "1: a text format within JSON, as Accept: application/json asks for; 0: the file itself.", .one_of = yes_no));

SHAPE(export_out, "A transcription in a text format, within JSON.",
    FIELD(export_out, transcription_id, "Its id.", .need = true),
    FIELD(export_out, format,           "txt, srt, vtt, json or md.", .need = true),
    FIELD(export_out, content,          "The file.", .need = true),
    FIELD(export_out, filename,         "What to call it.", .need = true));

SHAPE(export_later, "A document that is being made.",
    FIELD(export_later, job_id, "By which job.", .need = true),
    FIELD(export_later, state,  "Where it stands.", .need = true));

SHAPE(transcript_file, "A transcription as a JSON file.",
    FIELD(transcript_file, id,                "Its id.", .need = true),
    FIELD(transcript_file, title,             "What it is called.", .need = true),
    FIELD(transcript_file, video_url,         "Where the recording is."),
    FIELD(transcript_file, original_filename, "Of the recording that was sent."),
    FIELD(transcript_file, language,          "BCP 47 tag of what was spoken."),
    FIELD(transcript_file, engine,            "Which engine heard it."),
    FIELD(transcript_file, duration_seconds,  "Of the recording."),
    FIELD(transcript_file, confidence,        "Mean over the words, 0 to 1; null when the engine did not say."),
    FIELD(transcript_file, speaker_count,     "How many speakers were told apart; null: they were not."),
    FIELD(transcript_file, revision,          "Grows with each edit."),
    FIELD(transcript_file, created_at,        "When it was asked for."),
    FIELD(transcript_file, completed_at,      "When it was done."),
    FIELD(transcript_file, text,              "All of it."),
    LIST(transcript_file, segments,           "In time order.", segment, .max = 100000),
    LIST(transcript_file, words,              "In time order; empty when the engine times no words.", word, .max = 500000));
