#include "transcription/making.h"

#include "http/gateway.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

struct export_row { const char *job_id; };
extern const struct shape export_row_shape;
SHAPE(export_row, "What was made of a transcription, or is being made.",
    FIELD(export_row, job_id, "By which job."));

/* Not found: none, or it failed. `last`: the failed one, or NULL. */
static fallible job_of(struct ctx *cx, const struct making *m, struct job *job, const char **last, bool *found)
{
    struct export_row row = { NULL };

    TRY(pg_find(cx, SQL(export_find), ARGS(m->t->id, m->t->revision, m->form), &export_row_shape, &row, found));
    *last = *found ? row.job_id : NULL;
    if (!*found)
        return OK;
    TRY(job_find(cx, row.job_id, job, found));
    *found = *found && (!job_has_ended(job) || text_is(job->state, "succeeded"));
    return OK;
}

/* `mine` false: another request was faster. */
static fallible accept(struct ctx *cx, struct exchange *x, const struct making *m, const char *id, const char *last, bool *mine)
{
    struct ticket *ticket = NEW(cx, struct ticket);
    struct export_row row = { NULL };

    TRY(pg_find(cx, SQL(export_put), ARGS(m->t->id, m->t->revision, m->form, id, last), &export_row_shape, &row, mine));
    if (!*mine)
        return OK;
    TRY(pg_do(cx, SQL(export_drop_older), ARGS(m->t->id, m->t->revision)));
    TRY(m->put(cx, m, id, ticket));
    exchange_accepted(cx, x, ticket, id);
    return exchange_commit(cx, x, 200, NULL, NULL);
}

static fallible begin(struct ctx *cx, struct exchange *x, const struct making *m, const char *last, struct job *job)
{
    const char *id = uuid_make(cx);
    bool mine = false, found;

    TRY(pg_begin(cx));
    err_t e = accept(cx, x, m, id, last, &mine);
    if (e || !mine)
        pg_undo(cx);
    if (e)
        return e->code == E_PG_MISSING ? fail(cx, TRANSCRIPTION_UNKNOWN, "no transcription %s", m->t->id) : e;
    *job = (struct job){ .id = id, .root = id, .state = "queued" };
    if (mine)
        return OK;
    TRY(job_of(cx, m, job, &last, &found));
    return found ? OK : fail(cx, PG_CONFLICT, "the job of %s changed twice", m->form);
}

err_t making_job(struct ctx *cx, struct exchange *x, const struct making *m, struct job *job, bool *kept)
{
    const char *last;
    bool found;

    TRY(job_of(cx, m, job, &last, &found));
    *kept = found && job_has_ended(job);
    return found ? OK : begin(cx, x, m, last, job);
}

err_t making_again(struct ctx *cx, struct exchange *x, const struct making *m, struct job *job)
{
    return begin(cx, x, m, job->id, job);
}
