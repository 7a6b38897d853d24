/* docx and pdf: a job of the document worker makes the file, which is then kept for this revision and these options. Its material
 * is a sealed blob of the job's own, so that rows stay small and who leaves takes it along. */
#include "http/gateway.h"
#include "ops/ops.h"
#include "transcription/export.h"
#include "app/persons.h"
#include "base/clock.h"
#include "data/json.h"
#include "data/trace.h"
#include "data/uuid.h"
#include "net/blob.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define WAIT_MS    10000                /* for the document, before the caller is told to come again */
#define DEADLINE_S 600

struct export_row { const char *job_id; };
extern const struct shape export_row_shape;
SHAPE(export_row, "A document that was made, or is being made.",
    FIELD(export_row, job_id, "By which job."));

/* What is wanted. */
struct wanted { const struct transcript_view *t; const struct export_look *look; const char *format, *form; };

/* The job that makes it or has made it; not found: none, or it failed. `last`: the failed one, or NULL. */
static fallible job_of(struct ctx *cx, const struct wanted *w, struct job *job, const char **last, bool *found)
{
    struct export_row row = { NULL };

    TRY(pg_find(cx, SQL(export_find), ARGS(w->t->id, w->t->revision, w->form), &export_row_shape, &row, found));
    *last = *found ? row.job_id : NULL;
    if (!*found)
        return OK;
    TRY(job_find(cx, row.job_id, job, found));
    *found = *found && (!job_has_ended(job) || text_is(job->state, "succeeded"));
    return OK;
}

static fallible material_put(struct ctx *cx, const struct wanted *w, const char *key)
{
    struct document_material m = export_material(cx, w->t, w->look);
    const char *json = json_write(cx, &document_material_shape, &m), *sealed;

    TRY(person_seal(cx, w->t->owner, (struct bytes){ json, strlen(json) }, &sealed));
    return blob_put(cx, key, (struct bytes){ sealed, strlen(sealed) });
}

/* `mine` false: another request was faster. */
static fallible accept(struct ctx *cx, struct exchange *x, const struct wanted *w, const char *id, const char *last, bool *mine)
{
    const char *key = arena_fmt(cx->arena, "jobs/%s/material.json", id);
    struct document_transcript input = { .file = key, .format = w->format };
    struct job_new new = { .id = id, .kind = "document.transcript", .owner = w->t->owner, .trace = trace_text(cx), .lane = QUICK, .deadline_s = DEADLINE_S,
                           .input = json_write(cx, &document_transcript_shape, &input) };
    struct ticket *ticket = NEW(cx, struct ticket);
    struct export_row row = { NULL };

    TRY(pg_find(cx, SQL(export_put), ARGS(w->t->id, w->t->revision, w->form, id, last), &export_row_shape, &row, mine));
    if (!*mine)
        return OK;
    TRY(pg_do(cx, SQL(export_drop_older), ARGS(w->t->id, w->t->revision)));
    TRY(job_put(cx, &new, ticket));
    TRY(material_put(cx, w, key));
    exchange_accepted(cx, x, ticket, id);
    return exchange_commit(cx, x, 200, NULL, NULL);
}

/* A new job, or that of who was faster. TRANSCRIPTION_UNKNOWN: it was deleted meanwhile. */
static fallible job_begin(struct ctx *cx, struct exchange *x, const struct wanted *w, const char *last, struct job *job)
{
    const char *id = uuid_make(cx);
    bool mine = false, found;

    TRY(pg_begin(cx));
    err_t e = accept(cx, x, w, id, last, &mine);
    if (e || !mine)
        pg_undo(cx);
    if (e)
        return e->code == E_PG_MISSING ? fail(cx, TRANSCRIPTION_UNKNOWN, "no transcription %s", w->t->id) : e;
    *job = (struct job){ .id = id, .root = id, .state = "queued" };
    if (mine)
        return OK;
    TRY(job_of(cx, w, job, &last, &found));
    return found ? OK : fail(cx, PG_CONFLICT, "the document's job changed twice");
}

static err_t send(struct ctx *cx, struct exchange *x, const struct wanted *w, const struct job *job)
{
    struct document_made made = { .file = NULL };

    if (!text_is(job->state, "succeeded")) {
        if (text_is(job->error, err_name(E_INPUT_INVALID)))
            return fail(cx, INPUT_INVALID, "%s", job->error_text ? job->error_text : "It cannot be typeset.");
        return fail(cx, BUG, "document job %s: %s, %s", job->id, job->state, job->error ? job->error : "");
    }
    TRY(json_read_kept(cx, job->result.text, &document_made_shape, &made));
    exchange_header_instead(x, "Content-Disposition", export_disposition(cx, export_filename(cx, export_title(w->t, w->look->english), w->format)));
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
    struct wanted w = { t, look, format, arena_fmt(cx->arena, "%s-%d%d%s", format, look->timestamps, look->speakers, look->english ? "en" : "fr") };
    struct job job = { .id = NULL };
    const char *last;
    bool found;

    exchange_header(x, "Vary", "Accept-Language");
    TRY(job_of(cx, &w, &job, &last, &found));
    bool kept = found && job_has_ended(&job);
    if (!found)
        TRY(job_begin(cx, x, &w, last, &job));
    for (;;) {
        TRY(job_wait(cx, x, &job, WAIT_MS));
        if (!job_has_ended(&job))
            return tell_later(cx, x, &job);
        err_t e = send(cx, x, &w, &job);
        if (!e || e->code != E_FILE_UNKNOWN || !kept)
            return e;
        kept = false;                   /* the file is gone: made anew, once */
        TRY(job_begin(cx, x, &w, job.id, &job));
    }
}
