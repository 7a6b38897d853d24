/* document.report: what a report is made of, in which order. */
#pragma once

#include "engine.h"
#include "proto/document.h"

/* INPUT_INVALID: a text is not UTF-8, or it becomes too long a document. */
fallible report_typeset(struct ctx *cx, const struct document_report *report, struct bytes *pdf);
fallible report_make(struct ctx *cx, const struct document_engine *engine, const struct document_report *report, struct made *out);
