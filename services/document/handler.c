/* What the document worker does: documents typeset into files of the job's own. */
#include "handler.h"
#include "report.h"
#include "transcript.h"
#include "app/persons.h"
#include "app/worker.h"
#include "data/json.h"
#include "net/blob.h"

static fallible keep(struct ctx *cx, const struct document_engine *engine, const struct made *made, struct document_made *out)
{
    out->file = job_made_file(cx, NULL, engine->ending);
    out->type = engine->type;
    out->pages = made->pages;
    out->size = (int64_t)made->file.n;
    TRY(blob_put(cx, out->file, made->file));
    const char *pages = out->pages == INT_NONE ? "null" : arena_fmt(cx->arena, "%d", out->pages);
    job_event(cx, "document", arena_fmt(cx->arena, "{\"type\":\"%s\",\"pages\":%s,\"size\":%lld}", out->type, pages, (long long)out->size));
    return OK;
}

/* Typeset a report. INPUT_INVALID: it has no title, a text of it is not UTF-8, or it is too long. */
HANDLER(document_report, document_report, document_made)
{
    struct made made;

    if (!cx->job)
        return fail(cx, BUG, "a report outside a job");
    TRY(report_make(cx, &pango_engine, in, &made));
    return keep(cx, &pango_engine, &made, out);
}

/* Typeset a transcription. FILE_UNKNOWN: its material is gone; PERSON_ERASED: so is who it belonged to; INPUT_INVALID as above. */
HANDLER(document_transcript, document_transcript, document_made)
{
    const struct document_engine *engine = text_is(in->format, "docx") ? &docx_engine : &pango_engine;
    struct document_material material = { .title = NULL };
    struct made made;
    struct bytes blob;
    const char *json;

    if (!cx->job)
        return fail(cx, BUG, "a transcript outside a job");
    TRY(blob_read(cx, in->file, JSON_MAX_BYTES, &blob));
    TRY(person_open(cx, cx->job->owner, arena_text(cx->arena, blob.at, blob.n), &json));
    if (!json)
        return fail(cx, PERSON_ERASED, "the material's key is destroyed");
    TRY(json_read_kept(cx, json, &document_material_shape, &material));
    TRY(transcript_make(cx, engine, &material, &made));
    return keep(cx, engine, &made, out);
}
