/* Following a job. What ends it is its state in the table; the events tell what happens meanwhile, and may be missing. */
#include "ctl.h"
#include "inputs.h"
#include "print.h"
#include "rows.h"
#include "app/events.h"
#include "app/jobs.h"
#include "base/clock.h"

#include <string.h>

#define LOOK_MS       200
#define SOON_MS       50         /* for events on their way when the job has ended */
#define STATE_MS      1000
#define BATCHES_MOST  100

struct watch {
    struct ctl *c;
    const char *root;
    bool json;
    bool deaf;                      /* Redis did not answer last time */
    bool ended;                     /* by the table; its last events may be on their way */
    int64_t after, state_ms;        /* last event told; when the table is looked at again */
};

static void put_event(struct watch *w, struct ctx *cx, const struct event *e)
{
    const char *type = arena_text(cx->arena, e->type.at, e->type.n), *data = arena_text(cx->arena, e->data.at, e->data.n);
    struct job_event_told told = { e->number, type, { data } };

    if (w->json)
        print_json(w->c, &job_event_told_shape, &told);
    else
        fprintf(w->c->out, "%6lld  %-12s %s\n", (long long)e->number, print_plain(cx, type, 40),
                print_plain(cx, data, w->c->width > 30 ? (size_t)w->c->width - 22 : 0));
}

/* What is new; true when something was. */
static bool put_events(struct watch *w, struct ctx *cx)
{
    struct event_batch *batches = NULL;
    size_t n = 0;

    err_t e = events_read(cx, w->root, w->after, BATCHES_MOST, &batches, &n);
    if (e && !w->deaf)
        fprintf(w->c->err, "palabrectl: Redis does not answer: only the end will be told\n");
    w->deaf = e != OK;
    for (size_t i = 0; !e && i < n; i++) {
        struct event event = { .number = batches[i].last - batches[i].count };
        while (event_next(&batches[i].lines, &event))
            if (event.number > w->after)
                put_event(w, cx, &event);
        w->after = batches[i].last;
    }
    fflush(w->c->out);
    return n > 0;
}

static void tell_end(struct watch *w, const struct job *job)
{
    if (!w->json)
        fprintf(w->c->out, "%s %s%s%s\n", w->root, job ? job->state : "is gone", job && job->error ? ": " : "", job && job->error ? job->error : "");
    w->c->failed = !job || !text_is(job->state, "succeeded");
}

/* The events so far, then the state: what comes between is read once more before the end is told. */
static fallible turn(struct watch *w, bool *over)
{
    struct ctx cx = *w->c->cx;
    struct job job = { 0 };
    bool found = true;

    cx.arena = arena_new();
    bool news = cx.redis && put_events(w, &cx);
    err_t e = OK;
    if (clock_ms() >= w->state_ms && !(e = job_find(&cx, w->root, &job, &found))) {
        w->state_ms = clock_ms() + STATE_MS;
        *over = w->ended && !news;
        w->ended = !found || job_has_ended(&job);
        if (w->ended)
            w->state_ms = 0;
        if (*over)
            tell_end(w, found ? &job : NULL);
    }
    if (e)
        e = fail(w->c->cx, PG_DOWN, "%s", e->text);     /* its text dies with the turn */
    arena_free(cx.arena);
    return e;
}

COMMAND(jobs_watch, job_watch_in)
{
    struct watch w = { .c = c, .json = in->json };
    struct job job = { 0 };
    bool found, over = false;

    TRY(job_find(c->cx, in->id, &job, &found));
    if (!found)
        return fail(c->cx, JOB_UNKNOWN, "there is no job %s", in->id);
    w.root = job.root;
    if (!c->cx->redis)
        fprintf(c->err, "palabrectl: REDIS_URL is not set: only the end will be told\n");
    while (!over && !ferror(c->out)) {
        TRY(turn(&w, &over));
        if (!over)
            clock_sleep_ms(w.ended ? SOON_MS : LOOK_MS);
    }
    return OK;
}
