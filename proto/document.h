/* What the document worker is asked and gives. The same members stand in document.proto. */
#pragma once

#include "data/shape.h"

struct fact { const char *label, *value; };

/* document.report: a PDF report. Sections come in this order, empty ones are left out; the texts are Markdown. */
struct document_report {
    const char *title, *subtitle, *language, *question, *answer, *transcript, *body;
    LIST_OF(struct fact) facts;         /* the metadata box */
};

struct document_made { const char *file, *type; int pages; int64_t size; };

extern const struct shape fact_shape, document_report_shape, document_made_shape;
