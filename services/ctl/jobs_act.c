/* Retrying and cancelling. The tickets stay in the outbox: a relay of any daemon sends them within about a second. */
#include "ctl.h"
#include "inputs.h"
#include "print.h"
#include "rows.h"
#include "app/jobs.h"
#include "app/worker.h"
#include "net/pg.h"
#include "net/redis.h"
#include "sql.h"

#include <string.h>

/* Those who follow the job's topic hear of it, if there is a Redis. */
static void tell(struct ctl *c, const char *root, const char *type, const char *json)
{
    if (c->cx->redis && !c->events)
        c->events = events_open(c->cx->arena, c->cx->redis);
    event_put(c->events, root, type, json);
}

static fallible job_of(struct ctl *c, const char *id, struct job *out)
{
    bool found;

    TRY(job_find(c->cx, id, out, &found));
    return found ? OK : fail(c->cx, JOB_UNKNOWN, "there is no job %s", id);
}

/* --- cancelling --- */

/* Workers that do not hear of it now learn it with their next heartbeat. */
static void tell_workers(struct ctl *c, const char *root, bool *warned)
{
    struct reply_value heard;

    if (c->cx->redis && !redis_do(c->cx, &heard, (struct bytes[]){ W("PUBLISH"), W(CANCEL_CHANNEL), W(root) }, 3))
        return;
    if (!*warned)
        fprintf(c->err, "palabrectl: %s: workers hear of it with their next heartbeat\n",
                c->cx->redis ? "Redis does not answer" : "REDIS_URL is not set");
    *warned = true;
}

static fallible cancel_one(struct ctl *c, const char *id, bool *warned)
{
    struct job job = { 0 };

    TRY(job_of(c, id, &job));
    TRY(job_cancel(c->cx, id));
    tell(c, job.root, "done", "{\"state\":\"cancelled\",\"error\":\"CANCELLED\"}");
    tell_workers(c, job.root, warned);
    fprintf(c->out, "cancelled %s\n", job.root);
    return OK;
}

/* Each of the ids for itself: one that cannot be cancelled keeps no other from it. */
COMMAND(jobs_cancel, jobs_cancel_in)
{
    bool warned = false;

    for (size_t i = 0; i < in->ids.n; i++) {
        err_t e = cancel_one(c, in->ids.at[i], &warned);
        if (e && err_retry(e->code) == LATER)
            return e;                   /* the database is away: the others would say the same */
        if (e)
            ctl_complain_of(c, e);
    }
    return OK;
}

/* --- retrying --- */

static bool may_retry(const struct job *j)
{
    return text_is(j->state, "failed") || text_is(j->state, "cancelled") || text_is(j->state, "expired") || text_is(j->state, "unknown");
}

/* What a retry of any job of a flow asks about is its root. */
static fallible would_retry(struct ctl *c, const struct job *job)
{
    struct job root = { 0 };

    TRY(job_of(c, job->root, &root));
    if (!may_retry(&root))
        return fail(c->cx, JOB_RUNNING, "job %s is %s: only what ended without a result can be tried again", root.id, root.state);
    fprintf(c->out, "would retry %s %s (%s)\n", root.id, root.kind, root.error ? root.error : root.state);
    return OK;
}

static fallible retry_one(struct ctl *c, const char *id, bool dry_run)
{
    struct job job = { 0 };
    struct ticket ticket;

    TRY(job_of(c, id, &job));
    if (dry_run)
        return would_retry(c, &job);
    TRY(job_retry(c->cx, id, &ticket));
    tell(c, job.root, "queued", arena_fmt(c->cx->arena, "{\"job\":\"%s\"}", job.root));
    fprintf(c->out, "queued %s: %s of %s\n", ticket.job_id, ticket.kind, job.root);
    return OK;
}

/* Each for itself; *done: how many. */
static fallible retry_each(struct ctl *c, const char *const *ids, size_t n, bool dry_run, int *done)
{
    for (size_t i = 0; i < n; i++) {
        err_t e = retry_one(c, ids[i], dry_run);
        if (e && err_retry(e->code) == LATER)
            return e;
        if (e)
            ctl_complain_of(c, e);
        *done += !e;
    }
    return OK;
}

static fallible retry_dead(struct ctl *c, const struct jobs_retry_in *in)
{
    struct dead_jobs all = { 0 };
    int done = 0;

    TRY(pg_list(c->cx, SQL(jobs_dead), ARGS(in->error, in->kind, in->unknown, in->limit), &dead_job_shape, &all.rows));
    const char **ids = NEWS(c->cx, const char *, all.rows.n);
    for (size_t i = 0; i < all.rows.n; i++)
        ids[i] = all.rows.at[i].id;
    TRY(retry_each(c, ids, all.rows.n, in->dry_run, &done));
    fprintf(c->out, in->dry_run ? "%d would be queued\n" : "%d queued\n", done);
    if (all.rows.n == (size_t)in->limit)
        fprintf(c->err, "palabrectl: these were the last %d to end: there may be more\n", in->limit);
    return OK;
}

COMMAND(jobs_retry, jobs_retry_in)
{
    enum err_code code;
    int done = 0;

    if (in->dead == (in->ids.n > 0))
        return fail(c->cx, INPUT_INVALID, "either ids or --dead");
    if (!in->dead && (in->error || in->kind || in->unknown))
        return fail(c->cx, INPUT_INVALID, "--error, --kind and --unknown go with --dead");
    if (in->error && !err_find(in->error, &code))
        return fail(c->cx, INPUT_INVALID, "there is no error of this name");
    return in->dead ? retry_dead(c, in) : retry_each(c, in->ids.at, in->ids.n, in->dry_run, &done);
}
