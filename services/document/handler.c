/* document.report: a report typeset into a PDF of the job's own. */
#include "handler.h"
#include "report.h"
#include "app/worker.h"
#include "net/blob.h"

/* Typeset a report. INPUT_INVALID: it has no title, a text of it is not UTF-8, or it is too long. */
HANDLER(document_report, document_report, document_made)
{
    struct made made;

    if (!cx->job)
        return fail(cx, BUG, "a report outside a job");
    TRY(report_make(cx, &pango_engine, in, &made));
    out->file = arena_fmt(cx->arena, "jobs/%s/%s-%d.pdf", cx->job->root, cx->job->step ? cx->job->step : cx->job->kind, cx->job->attempt);
    out->type = pango_engine.type;
    out->pages = made.pages;
    out->size = (int64_t)made.file.n;
    TRY(blob_put(cx, out->file, made.file));
    job_event(cx, "document", arena_fmt(cx->arena, "{\"type\":\"%s\",\"pages\":%d,\"size\":%lld}", out->type, out->pages, (long long)out->size));
    return OK;
}
