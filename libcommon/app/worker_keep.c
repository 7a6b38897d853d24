/* The keeper: renews leases, holds the process's life lock, acknowledges tickets of long work, hears of cancels. */
#include "app/worker_state.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/pg.h"
#include "net/redis.h"

#include <string.h>

#define TICK_MS      1000
#define ACK_AFTER_MS 5000           /* then the lease alone protects the work, not the broker */
#define HELD_MOST    512

/* --- leases --- */

static void stop_work(struct work *k, enum why why)
{
    k->why = why;
    __atomic_store_n(&k->stop, true, __ATOMIC_RELAXED);
}

/* Fencing tokens are copied under the lock: works may end meanwhile. */
static size_t copy_held(struct ctx *cx, struct worker *w, struct job *jobs, int *percents)
{
    size_t n = 0;

    pthread_mutex_lock(&w->lock);
    for (const struct work *k = w->all; k && n < HELD_MOST; k = k->all, n++) {
        jobs[n] = (struct job){ .id = arena_fmt(cx->arena, "%s", k->job.id), .attempt = k->job.attempt };
        percents[n] = __atomic_load_n(&k->percent, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&w->lock);
    return n;
}

static void stop_lost(struct worker *w, const struct job *jobs, const bool *kept, size_t n)
{
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < n; i++)
        for (struct work *k = kept[i] ? NULL : w->all; k; k = k->all)
            if (!strcmp(k->job.id, jobs[i].id) && k->job.attempt == jobs[i].attempt)
                stop_work(k, FENCED);
    pthread_mutex_unlock(&w->lock);
}

static err_t renew(struct ctx *cx, struct worker *w)
{
    struct job *jobs = NEWS(cx, struct job, HELD_MOST);
    const struct job **at = NEWS(cx, const struct job *, HELD_MOST);
    int *percents = NEWS(cx, int, HELD_MOST);
    bool *kept = NEWS(cx, bool, HELD_MOST);
    size_t n = copy_held(cx, w, jobs, percents);

    for (size_t i = 0; i < n; i++)
        at[i] = &jobs[i];
    if (!n)
        return OK;
    TRY(jobs_renew(cx, at, percents, n, kept));
    stop_lost(w, jobs, kept, n);
    return OK;
}

static void ack_long(struct worker *w)
{
    int64_t before = clock_ms() - ACK_AFTER_MS;

    pthread_mutex_lock(&w->lock);
    for (struct work *k = w->all; k; k = k->all)
        if (k->tag && k->claimed_ms < before) {
            amqp_ack(w->consumer, k->tag);
            k->tag = 0;
        }
    pthread_mutex_unlock(&w->lock);
}

/* --- the life lock, on a session of the keeper's own --- */

struct life { struct arena *arena; struct pg_conn *session; };

static void live_again(struct worker *w, struct life *l)
{
    static const struct sql ping = { "life_ping", "SELECT 1", NULL, 0 };
    struct ctx cx = ctx_new(w->daemon);

    cx.tx = l->session;
    if (l->session && pg_do(&cx, &ping, NO_ARGS) == OK) {
        ctx_free(&cx);
        return;
    }
    arena_free(l->arena);
    *l = (struct life){ .arena = arena_new() };
    cx.tx = NULL;
    err_t e = pg_hold(&cx, l->arena);
    if (!e)
        e = jobs_live(&cx, w->daemon->worker);
    l->session = e ? NULL : cx.tx;
    bool was = __atomic_load_n(&w->daemon->ready, __ATOMIC_RELAXED);
    if (!e)
        __atomic_store_n(&w->daemon->ready, true, __ATOMIC_RELAXED);
    if (e && was)
        log_event(&cx, LOG_WARN, "the life lock is lost", LOG_TEXT("text", e->text));
    ctx_free(&cx);
}

void *worker_keeper(void *with)
{
    struct worker *w = with;
    struct life life = { .arena = arena_new() };
    int64_t renew_ms = 0;

    for (bool stop = false; !stop;) {
        live_again(w, &life);
        if (clock_ms() >= renew_ms) {
            struct ctx cx = ctx_new(w->daemon);
            err_t e = renew(&cx, w);
            if (e)
                log_event(&cx, LOG_WARN, "leases cannot be renewed", LOG_TEXT("error", err_name(e->code)), LOG_TEXT("text", e->text));
            renew_ms = clock_ms() + (e ? TICK_MS : LEASE_S * 1000 / 3);
            ctx_free(&cx);
        }
        ack_long(w);
        pthread_mutex_lock(&w->lock);
        bool resting = !w->all;
        int64_t until = clock_ms() + TICK_MS;
        struct timespec t = { until / 1000, until % 1000 * 1000000 };
        while (!w->stop && !pthread_cond_timedwait(&w->moved, &w->lock, &t))
            ;
        stop = w->stop;
        pthread_mutex_unlock(&w->lock);
        if (resting && !stop && w->plan->idle)
            w->plan->idle(w->daemon);
    }
    arena_free(life.arena);
    return NULL;
}

/* --- cancels --- */

static void on_cancel(void *with, const char *channel, struct bytes root)
{
    struct worker *w = with;

    (void)channel;
    if (!root.at)
        return;
    pthread_mutex_lock(&w->lock);
    for (struct work *k = w->all; k; k = k->all)
        if (!strcmp(k->job.root, root.at))
            stop_work(k, FENCED);
    pthread_mutex_unlock(&w->lock);
}

static void on_again(void *with) { (void)with; }    /* what was missed meanwhile, the next renewal tells */

void *worker_canceller(void *with)
{
    struct worker *w = with;
    struct arena *a = arena_new();
    struct feed *feed = feed_open(a, w->daemon->settings.redis_url, on_cancel, w);

    feed_add(feed, CANCEL_CHANNEL);
    feed_run(feed, &w->stop, on_again);
    arena_free(a);
    return NULL;
}
