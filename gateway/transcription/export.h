/* Exports of a transcription: GET /transcription/{id}/export/{format}. */
#pragma once

#include "http/exchange.h"
#include "transcription/export_write.h"
#include "transcription/shapes_export.h"

/* Text formats at once, as the file or within JSON; docx and pdf from a job that is waited for a while, then 202. */
err_t transcription_export(struct ctx *cx, struct exchange *x, const void *in);

#define EXPORT_TYPES "text/plain,application/x-subrip,text/vtt,application/json,text/markdown,application/pdf," \
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

/* --- inside --- */

/* A document made by palabre-document, once for a revision and its options. */
fallible export_document(struct ctx *cx, struct exchange *x, const struct transcript_view *t, const char *format, const struct export_look *look);

/* "title.ending" as file systems take it, and the header that says so (RFC 6266, RFC 8187). */
const char *export_filename(struct ctx *cx, const char *title, const char *ending);
const char *export_disposition(struct ctx *cx, const char *filename);
