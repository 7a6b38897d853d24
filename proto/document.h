/* What the document worker is asked and gives. The same members stand in document.proto. */
#pragma once

#include "data/shape.h"

struct fact { const char *label, *value; };

/* document.report: a PDF report. Sections come in this order, empty ones are left out; the texts are Markdown. */
struct document_report {
    const char *title, *subtitle, *language, *question, *answer, *transcript, *body;
    LIST_OF(struct fact) facts;         /* the metadata box */
};

/* document.transcript: a transcription as pdf or docx. `file` is the blob of a document_material in JSON, sealed for the job's owner. */
struct document_transcript { const char *file, *format; };

struct turn { const char *speaker, *text; double start; };     /* start: seconds; REAL_NONE: not told */

struct document_material {
    const char *title, *language, *labels;      /* labels: the language of what we say ourselves, fr or en */
    LIST_OF(struct fact) facts;
    LIST_OF(struct turn) turns;
};

struct document_made { const char *file, *type; int pages; int64_t size; };

extern const struct shape fact_shape, document_report_shape, document_transcript_shape, turn_shape, document_material_shape,
    document_made_shape;
