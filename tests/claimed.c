#include "claimed.h"

#include "app/worker_state.h"
#include "data/uuid.h"
#include "test.h"

#include <stdlib.h>

/* A worker that no lock of the database knows: a dead one. */
static void hold(struct ctx *cx, const struct jobs *got)
{
    struct work *w = NEW(cx, struct work);

    if (got->jobs.n != 1) {
        SAY("%zu jobs are claimed", got->jobs.n);
        exit(1);
    }
    w->job = got->jobs.at[0];
    w->explain = text_new(cx->arena, 256, 64 << 10);
    cx->job = &w->job;
}

static void close_events(void *events) { events_close(events); }

void claimed_start(struct ctx *cx, struct daemon *process, const char *kind)
{
    struct job_new n = { .kind = kind, .input = "{}" };
    struct jobs got = { 0 };
    struct ticket ticket = { 0 };

    if (!cx->pg || !cx->redis)
        skip("PG_URL or REDIS_URL is not set");
    process->events = arena_own(cx->arena, events_open(cx->arena, cx->redis), close_events);
    cx->daemon = process;
    CHECK_OK(job_put(cx, &n, &ticket));
    CHECK_OK(jobs_claim(cx, "dead", &ticket.job_id, 1, &got));
    hold(cx, &got);
}

void claimed_again(struct ctx *cx)
{
    struct jobs got = { 0 };

    CHECK_OK(jobs_take_over(cx, arena_fmt(cx->arena, "dead-%d", cx->job->attempt), &cx->job->id, 1, &got));
    hold(cx, &got);
}

void claimed_retried(struct ctx *cx)
{
    const struct work *w = (const struct work *)cx->job;
    struct job_end end = { .job = cx->job, .result = "{}", .effect = w->effect };
    struct ticket ticket = { 0 };
    struct jobs got = { 0 };

    CHECK_OK(job_cancel(cx, cx->job->id));
    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(!end.done);
    CHECK_OK(job_retry(cx, cx->job->id, &ticket));
    CHECK_OK(jobs_claim(cx, "dead", &ticket.job_id, 1, &got));
    hold(cx, &got);
}

const char *claimed_explain(struct ctx *cx)
{
    const struct text *said = &((const struct work *)cx->job)->explain;

    return said->n ? said->at : "";
}

const char *claimed_events(struct ctx *cx)
{
    struct text all = text_new(cx->arena, 1024, 4 << 20);
    struct event_batch *batches = NULL;
    size_t n = 0;

    events_flush(cx->daemon->events, 0, 5000);
    CHECK_OK(events_read(cx, cx->job->root, 0, 1000, &batches, &n));
    for (size_t i = 0; i < n; i++)
        text_add(&all, batches[i].lines.at, batches[i].lines.n);
    return all.n ? all.at : "";
}
