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

SHAPE(document_made, "A document.",
    FIELD(document_made, file,  "Blob key of it.", .need = true),
    FIELD(document_made, type,  "Its media type.", .need = true),
    FIELD(document_made, pages, "How many pages."),
    FIELD(document_made, size,  "Bytes."));
