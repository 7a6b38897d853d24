/* docx and pdf: a job of the document worker makes the file, which is then kept for this revision and these options. Its material
 * is a sealed blob of the job's own, so that rows stay small and who leaves takes it along. */
#include "http/gateway.h"
#include "ops/ops.h"
#include "transcription/export.h"
#include "transcription/making.h"
#include "app/persons.h"
#include "data/json.h"
#include "data/trace.h"
#include "net/blob.h"

#include <string.h>

#define WAIT_MS    10000                /* for the document, before the caller is told to come again */
#define DEADLINE_S 600

/* What is wanted. */
struct wanted { const struct export_look *look; const char *format; };

static fallible material_put(struct ctx *cx, const struct transcript_view *t, const struct export_look *look, const char *key)
{
    struct document_material m = export_material(cx, t, look);
    const char *json = json_write(cx, &document_material_shape, &m), *sealed;

    TRY(person_seal(cx, t->owner, (struct bytes){ json, strlen(json) }, &sealed));
    return blob_put(cx, key, (struct bytes){ sealed, strlen(sealed) });
}

static err_t put(struct ctx *cx, const struct making *m, const char *id, struct ticket *ticket)
{
    const struct wanted *w = m->with;
    const char *key = job_file(cx, id, "material.json");
    struct document_transcript input = { .file = key, .format = w->format };
    struct job_new new = { .id = id, .kind = "document.transcript", .owner = m->t->owner, .trace = trace_text(cx), .lane = QUICK, .deadline_s = DEADLINE_S,
                           .input = json_write(cx, &document_transcript_shape, &input) };

    TRY(job_put(cx, &new, ticket));
    return material_put(cx, m->t, w->look, key);
}

static err_t send(struct ctx *cx, struct exchange *x, const struct making *m, const struct job *job)
{
    const struct wanted *w = m->with;
    struct document_made made = { .file = NULL };

    if (!text_is(job->state, "succeeded")) {
        if (text_is(job->error, err_name(E_INPUT_INVALID)))
            return fail(cx, INPUT_INVALID, "%s", job->error_text ? job->error_text : "It cannot be typeset.");
        return fail(cx, BUG, "document job %s: %s, %s", job->id, job->state, job->error ? job->error : "");
    }
    TRY(json_read_kept(cx, job->result.text, &document_made_shape, &made));
    exchange_header_instead(x, "Content-Disposition", export_disposition(cx, export_filename(cx, export_title(m->t, w->look->english), w->format)));
    return exchange_file(cx, x, made.file, made.type, NULL);
}

static err_t tell_later(struct ctx *cx, struct exchange *x, const struct job *job)
{
    struct export_later out = { job->id, job->state };

    exchange_header(x, "Location", arena_fmt(cx->arena, "/api/v1/jobs/%s", job->id));
    exchange_header(x, "Retry-After", "5");
    exchange_json(cx, x, 202, &export_later_shape, &out);
    return OK;
}

err_t export_document(struct ctx *cx, struct exchange *x, const struct transcript_view *t, const char *format, const struct export_look *look)
{
    struct wanted w = { look, format };
    struct making m = { .t = t, .form = arena_fmt(cx->arena, "%s-%d%d%s", format, look->timestamps, look->speakers, look->english ? "en" : "fr"), .put = put, .with = &w };
    struct job job = { .id = NULL };
    bool kept;

    exchange_header(x, "Vary", "Accept-Language");
    TRY(making_job(cx, x, &m, &job, &kept));
    for (;;) {
        TRY(job_wait(cx, x, &job, WAIT_MS));
        if (!job_has_ended(&job))
            return tell_later(cx, x, &job);
        err_t e = send(cx, x, &m, &job);
        if (!e || e->code != E_FILE_UNKNOWN || !kept)
            return e;
        kept = false;                   /* the file is gone: made anew, once */
        TRY(making_again(cx, x, &m, &job));
    }
}
