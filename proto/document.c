#include "proto/document.h"

SHAPE(fact, "A line of the metadata box.",
    FIELD(fact, label, "What it is.", .need = true, .max = 200),
    FIELD(fact, value, "What it says.", .need = true, .max = 2000));

SHAPE(document_report, "A report to typeset.",
    FIELD(document_report, title,      "On top, and in the PDF's metadata.", .need = true, .min = 1, .max = 500),
    FIELD(document_report, subtitle,   "Under it.", .max = 1000),
    FIELD(document_report, language,   "BCP 47 tag; fr when absent.", .format = &format_language),
    FIELD(document_report, question,   "Markdown.", .max = 1 << 20),
    FIELD(document_report, answer,     "Markdown.", .max = 4 << 20),
    FIELD(document_report, transcript, "Plain text.", .max = 4 << 20),
    FIELD(document_report, body,       "Markdown with its own headings.", .max = 4 << 20),
    LIST(document_report, facts,       "The metadata box.", fact, .max = 100));

static const char *const formats[] = { "pdf", "docx", NULL };
static const char *const labels[] = { "fr", "en", NULL };

SHAPE(document_transcript, "A transcription to typeset.",
    FIELD(document_transcript, file,   "Blob key of the material.", .need = true, .min = 1, .max = 200),
    FIELD(document_transcript, format, "pdf or docx.", .need = true, .one_of = formats));

SHAPE(turn, "A paragraph of one speaker.",
    FIELD(turn, speaker, "Who speaks from here on; absent: as before, or not told.", .max = 200),
    FIELD(turn, text,    "What was said.", .need = true, .max = 16 << 20),
    FIELD(turn, start,   "Seconds from the start of the recording; null when not told."));

SHAPE(document_material, "What a transcription is typeset from.",
    FIELD(document_material, title,    "On top, and in the file's metadata.", .need = true, .min = 1, .max = 1000),
    FIELD(document_material, language, "BCP 47 tag of what is spoken; fr when absent.", .format = &format_language),
    FIELD(document_material, labels,   "Language of what we say ourselves; fr when absent.", .one_of = labels),
    LIST(document_material, facts,     "The metadata box.", fact, .max = 100),
    LIST(document_material, turns,     "In the order of the recording.", turn, .max = 500000));

SHAPE(document_made, "A document.",
    FIELD(document_made, file,  "Blob key of it.", .need = true),
    FIELD(document_made, type,  "Its media type.", .need = true),
    FIELD(document_made, pages, "How many pages."),
    FIELD(document_made, size,  "Bytes."));
