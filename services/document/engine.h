/* What makes a document of a paper. */
#pragma once

#include "paper.h"

#define PAGES_MOST 2000

struct made { struct bytes file; int pages; };         /* pages: INT_NONE where only its reader knows */

struct document_engine {
    const char *name, *type, *ending;
    err_t (*typeset)(struct ctx *cx, const struct paper *paper, struct made *out);
};

extern const struct document_engine pango_engine, docx_engine;
