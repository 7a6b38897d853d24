/* From tickets to claimed work. */
#include "app/worker_state.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "data/uuid.h"
#include "proto/ticket.h"

#include <stdlib.h>
#include <string.h>

#define CLAIM_MOST 64
#define PAUSE_MS   500              /* after the database did not answer */

METRIC(claimed, COUNTER, "palabre_jobs_claimed_total", "Jobs claimed.", NULL);
METRIC(stale, COUNTER, "palabre_tickets_stale_total", "Tickets of jobs that needed no worker any more.", NULL);

/* --- from the consumer's thread --- */

void worker_on_delivery(void *with, const struct amqp_delivery *d)
{
    struct worker *w = with;
    struct ctx cx = { .arena = arena_new() };
    struct ticket_message t = { 0 };
    err_t e = ticket_read(&cx, d->body, &t);

    if (e || !uuid_is(t.id, strlen(t.id))) {
        log_event(&cx, LOG_WARN, "a ticket cannot be read", LOG_TEXT("text", e ? e->text : "its id is not a UUID"));
        amqp_reject(w->consumer, d->tag);
        arena_free(cx.arena);
        return;
    }
    pthread_mutex_lock(&w->lock);
    if (w->tickets_n == TICKETS_MOST || w->draining) {
        amqp_return(w->consumer, d->tag);
    } else {
        struct held *h = &w->tickets[(w->tickets_head + w->tickets_n++) % TICKETS_MOST];
        *h = (struct held){ .tag = d->tag, .again = d->again, .lane = (enum lane)d->queue };
        memcpy(h->id, t.id, UUID_BYTES);
        pthread_cond_signal(&w->work_to_claim);
    }
    pthread_mutex_unlock(&w->lock);
    arena_free(cx.arena);
}

/* The connection died: what was not claimed comes again. */
void worker_on_lost(void *with)
{
    struct worker *w = with;

    pthread_mutex_lock(&w->lock);
    w->tickets_n = 0;
    pthread_mutex_unlock(&w->lock);
}

/* --- the claimer --- */

/* How many more of a lane may be claimed. What takes long is claimed when an executor is free for it, so that its tickets
 * wait where any worker can have them; batch work leaves one executor of several to live work. Quick work is claimed when half of
 * what may be held is done, many in one commit. */
static int room_for(const struct worker *w, enum lane lane, const int *held)
{
    int room = w->executors - held[LIVE] - held[BATCH], batch = (w->executors > 1 ? w->executors - 1 : 1) - held[BATCH];

    if (lane == QUICK)
        return w->holding[QUICK] > QUICK_AGAIN ? 0 : QUICK_MOST - held[QUICK];
    return lane == BATCH && batch < room ? batch : room;
}

/* Under the lock: the tickets that may be claimed now leave the queue, live ones first. */
static size_t pick(struct worker *w, struct held *out)
{
    int held[LANES] = { w->holding[LIVE], w->holding[QUICK], w->holding[BATCH] };
    unsigned kept = 0, n = w->tickets_n;
    size_t got = 0;

    for (int lane = LIVE; lane < LANES; lane++)
        for (unsigned i = 0; i < n && got < CLAIM_MOST && room_for(w, (enum lane)lane, held) > 0; i++) {
            struct held *h = &w->tickets[(w->tickets_head + i) % TICKETS_MOST];
            if (!h->tag || h->lane != (enum lane)lane)
                continue;
            held[lane]++;
            out[got++] = *h;
            h->tag = 0;
        }
    for (unsigned i = 0; i < n; i++) {
        struct held h = w->tickets[(w->tickets_head + i) % TICKETS_MOST];
        if (h.tag)
            w->tickets[(w->tickets_head + kept++) % TICKETS_MOST] = h;
    }
    w->tickets_n = kept;
    return got;
}

static void put_back(struct worker *w, const struct held *held, size_t n)
{
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < n && w->tickets_n < TICKETS_MOST; i++)
        w->tickets[(w->tickets_head + w->tickets_n++) % TICKETS_MOST] = held[i];
    pthread_mutex_unlock(&w->lock);
}

/* Every worker answers a probe of its queue. */
HANDLER(noop, none, none)
{
    (void)cx, (void)in, (void)out;
    return OK;
}

static const struct job_kind *kind_of(const struct worker *w, const char *kind)
{
    static const struct job_kind probe = { .kind = "noop", .handler = &noop, .deadline_s = 10, .quiet = true };
    size_t service = strlen(w->daemon->service);

    if (!strncmp(kind, w->daemon->service, service) && !strcmp(kind + service, ".noop"))
        return &probe;
    for (size_t i = 0; i < w->plan->kinds_n; i++)
        if (!strcmp(w->plan->kinds[i].kind, kind))
            return &w->plan->kinds[i];
    return NULL;
}

static const char *keep(struct arena *a, const char *text) { return text ? arena_fmt(a, "%s", text) : NULL; }

static struct work *work_new(struct worker *w, const struct job *job, uint64_t tag)
{
    struct arena *a = arena_new();
    struct work *k = arena_get(a, sizeof(*k));

    k->arena = a;
    k->job = *job;
    k->job.id = keep(a, job->id), k->job.root = keep(a, job->root), k->job.step = keep(a, job->step);
    k->job.kind = keep(a, job->kind), k->job.lane = keep(a, job->lane), k->job.state = keep(a, job->state);
    k->job.owner = keep(a, job->owner), k->job.trace = keep(a, job->trace), k->job.worker = w->daemon->worker;
    k->job.input.text = keep(a, job->input.text), k->job.effect = keep(a, job->effect);
    if (job->begun) {
        k->job.begun = arena_get(a, sizeof(*k->job.begun));
        *k->job.begun = (struct begun){ k->job.effect, job->begun->claimed_ms, false };
    }
    k->kind = kind_of(w, job->kind);
    k->lane = lane_named(job->lane);
    k->tag = tag;
    k->claimed_ms = clock_ms();
    return k;
}

static void queue_run(struct worker *w, struct work *k)
{
    pthread_mutex_lock(&w->lock);
    k->all = w->all;
    w->all = k;
    w->holding[k->lane]++;
    *w->run_last[k->lane] = k;
    w->run_last[k->lane] = &k->next;
    pthread_cond_signal(&w->work_to_run);
    pthread_mutex_unlock(&w->lock);
    metric_add(&claimed, NULL, 1);
}

static bool among(const struct jobs *jobs, const char *id, const struct job **out)
{
    for (size_t i = 0; i < jobs->jobs.n; i++)
        if (!strcmp(jobs->jobs.at[i].id, id))
            return *out = &jobs->jobs.at[i], true;
    return false;
}

/* One claim for all; redelivered tickets of running jobs are looked at in a second one. */
static err_t claim(struct ctx *cx, struct worker *w, const struct held *held, size_t n, struct jobs *got, struct jobs *over)
{
    const char *ids[CLAIM_MOST], *again[CLAIM_MOST];
    const struct job *job;
    size_t again_n = 0;

    for (size_t i = 0; i < n; i++)
        ids[i] = held[i].id;
    TRY(jobs_claim_begin(cx, w->daemon->worker, ids, n, &w->first, got));
    for (size_t i = 0; i < n; i++)
        if (held[i].again && !among(got, held[i].id, &job))
            again[again_n++] = held[i].id;
    return again_n ? jobs_take_over(cx, w->daemon->worker, again, again_n, over) : OK;
}

static void claim_some(struct ctx *cx, struct worker *w, const struct held *held, size_t n)
{
    struct jobs got = { 0 }, over = { 0 };
    const struct job *job;
    err_t e = claim(cx, w, held, n, &got, &over);

    if (e) {
        log_event(cx, LOG_WARN, "jobs cannot be claimed", LOG_TEXT("error", err_name(e->code)), LOG_TEXT("text", e->text));
        put_back(w, held, n);
        clock_sleep_ms(PAUSE_MS);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bool twice = false;
        for (size_t k = 0; k < i; k++)
            twice |= !strcmp(held[k].id, held[i].id);
        if (!twice && (among(&got, held[i].id, &job) || among(&over, held[i].id, &job))) {
            queue_run(w, work_new(w, job, held[i].tag));
        } else {
            metric_add(&stale, NULL, 1);
            amqp_ack(w->consumer, held[i].tag);
        }
    }
}

/* A drain waits for this: what was just claimed must be worked on, or another would have to begin it anew. */
static void claimed_all(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->claiming = false;
    if (!w->all)
        pthread_cond_broadcast(&w->moved);
    pthread_mutex_unlock(&w->lock);
}

void *worker_claimer(void *with)
{
    struct worker *w = with;
    struct held held[CLAIM_MOST];

    for (;;) {
        size_t n = 0;
        pthread_mutex_lock(&w->lock);
        while (!w->stop && !w->draining && !(n = pick(w, held)))
            pthread_cond_wait(&w->work_to_claim, &w->lock);
        bool over = w->stop || w->draining;
        w->claiming = !over;
        pthread_mutex_unlock(&w->lock);
        if (over) {
            for (size_t i = 0; i < n; i++)
                amqp_return(w->consumer, held[i].tag);
            return NULL;
        }
        struct ctx cx = ctx_new(w->daemon);
        claim_some(&cx, w, held, n);
        ctx_free(&cx);
        claimed_all(w);
    }
}
