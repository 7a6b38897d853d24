#define _GNU_SOURCE
#include "app/worker_state.h"
#include "app/metrics.h"
#include "app/relay.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MOST 80

struct worker_settings { int worker_executors; };
extern const struct shape worker_settings_shape;
SHAPE(worker_settings, "What every worker reads.",
    FIELD(worker_settings, worker_executors, "Jobs at a time; 0: this daemon's default.", .max = 64));

static struct worker *the_worker;   /* for the gauge */

static int64_t read_running(void) { return the_worker ? __atomic_load_n(&the_worker->running, __ATOMIC_RELAXED) : 0; }
METRIC(running, GAUGE, "palabre_jobs_running", "Jobs being worked on.", NULL, .read = read_running);

static void init(struct worker *w)
{
    pthread_condattr_t attr;

    for (int lane = LIVE; lane < LANES; lane++)
        w->run_last[lane] = &w->run[lane];
    w->ended_last = &w->ended;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->work_to_claim, NULL);
    pthread_cond_init(&w->work_to_run, NULL);
    pthread_cond_init(&w->work_to_end, &attr);
    pthread_cond_init(&w->moved, &attr);
    pthread_condattr_destroy(&attr);
}

/* Queues of the service: "stt.live", "stt.quick", "stt.batch". Prefetch is what can be claimed, so tickets wait in the
 * broker. */
static void consume(struct worker *w)
{
    struct daemon *d = w->daemon;
    int prefetch[LANES] = { [LIVE] = w->executors, [QUICK] = QUICK_MOST, [BATCH] = w->executors > 1 ? w->executors - 1 : 1 };
    const char *queues[LANES];

    for (int lane = LIVE; lane < LANES; lane++)
        queues[lane] = arena_fmt(d->home, "%s.%s", d->service, lane_names[lane]);
    w->consumer = amqp_consumer_open(d->home, d->settings.amqp_url, d->worker, queues, prefetch, LANES);
}

static void *consumer(void *with)
{
    struct worker *w = with;

    amqp_consumer_run(w->consumer, &w->stop, worker_on_delivery, worker_on_lost, w);
    return NULL;
}

/* --- the drain: stop taking, finish what is claimed (an attempt given back counts), hand back the rest, leave --- */

static void give_back_tickets(struct worker *w)
{
    for (; w->tickets_n; w->tickets_n--, w->tickets_head++)
        amqp_return(w->consumer, w->tickets[w->tickets_head % TICKETS_MOST].tag);
}

static struct work *take_waiting(struct worker *w)
{
    struct work *first = NULL, **last = &first;

    for (int lane = LIVE; lane < LANES; lane++) {
        *last = w->run[lane];
        if (w->run[lane])
            last = w->run_last[lane];
        w->run[lane] = NULL;
        w->run_last[lane] = &w->run[lane];
    }
    *last = NULL;
    return first;
}

static void release_waiting(struct worker *w, struct work *first)
{
    for (struct work *k = first, *next; k; k = next) {
        struct ctx cx = ctx_new(w->daemon);
        const struct job *job = &k->job;
        struct tickets tickets = { 0 };
        next = k->next;
        err_t e = jobs_release(&cx, &job, 1, &tickets);
        for (size_t i = 0; !e && i < tickets.tickets.n; i++)
            relay_send(w->daemon, &tickets.tickets.at[i]);
        ctx_free(&cx);
        worker_let_go(w, k);
    }
}

/* Under the lock: wait until nothing is held or about to be, at most `ms`. */
static bool wait_empty(struct worker *w, int64_t ms)
{
    int64_t until = clock_ms() + ms;
    struct timespec t = { until / 1000, until % 1000 * 1000000 };

    while (w->all || w->claiming)
        if (pthread_cond_timedwait(&w->moved, &w->lock, &t))
            break;
    return !w->all && !w->claiming;
}

static void drain(struct worker *w)
{
    amqp_consumer_pause(w->consumer);
    pthread_mutex_lock(&w->lock);
    w->draining = true;
    give_back_tickets(w);
    pthread_cond_broadcast(&w->work_to_claim);
    if (!wait_empty(w, w->daemon->settings.drain_s * 1000)) {
        struct work *waiting = take_waiting(w);
        for (struct work *k = w->all; k; k = k->all) {
            k->why = DRAINED;
            __atomic_store_n(&k->stop, true, __ATOMIC_RELAXED);
        }
        pthread_mutex_unlock(&w->lock);
        release_waiting(w, waiting);
        pthread_mutex_lock(&w->lock);
        wait_empty(w, 5000);
    }
    bool empty = !w->all;
    __atomic_store_n(&w->stop, true, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&w->work_to_run);
    pthread_cond_broadcast(&w->work_to_end);
    pthread_cond_broadcast(&w->moved);
    pthread_mutex_unlock(&w->lock);
    amqp_consumer_wake(w->consumer);
    if (!empty)
        log_event(NULL, LOG_WARN, "work did not end in time: its leases will pass to others");
    if (!empty)
        _Exit(0);                   /* a handler that does not hear must not hold the process */
}

static void spawn(struct worker *w, pthread_t *threads, int *n, const char *name, void *(*run)(void *))
{
    if (*n == THREADS_MOST || !thread_start(&threads[(*n)++], name, run, w))
        abort();
}

static struct first_effects first_effects(struct ctx *cx, const struct worker_plan *plan)
{
    const char **kinds = NEWS(cx, const char *, plan->kinds_n), **names = NEWS(cx, const char *, plan->kinds_n);
    size_t n = 0;

    for (size_t i = 0; i < plan->kinds_n; i++) {
        const struct job_kind *k = &plan->kinds[i];
        const char *name = k->first_effect ? k->first_effect(cx) : NULL;
        if (name)
            kinds[n] = k->kind, names[n++] = name;
    }
    return (struct first_effects){ kinds, names, n };
}

int worker_main(int argc, char **argv, const struct worker_plan *plan)
{
    if (argc > 1 && !strcmp(argv[1], "--engines"))
        return worker_tell_engines(plan);

    struct worker_plan whole = *plan;
    struct worker_settings settings = { 0 };
    pthread_t threads[THREADS_MOST];
    int n = 0;

    whole.daemon.uses |= USES_PG | USES_REDIS | USES_AMQP;
    struct daemon *d = daemon_start(argc, argv, &whole.daemon);
    struct worker *w = arena_get(d->home, sizeof(*w));
    struct ctx cx = { .arena = d->home, .daemon = d };
    err_t e = config_read(&cx, &worker_settings_shape, &settings);
    if (e) {
        fprintf(stderr, "palabre-%s: %s\n", d->service, e->text);
        return 2;
    }
    w->daemon = d, w->plan = &whole;
    w->executors = settings.worker_executors ? settings.worker_executors : plan->executors;
    init(w);
    w->first = first_effects(&cx, &whole);
    the_worker = w;
    relay_open(d);
    consume(w);
    spawn(w, threads, &n, "consumer", consumer);
    spawn(w, threads, &n, "claimer", worker_claimer);
    spawn(w, threads, &n, "finisher", worker_finisher);
    spawn(w, threads, &n, "keeper", worker_keeper);
    spawn(w, threads, &n, "canceller", worker_canceller);
    for (int i = 0; i < w->executors; i++)
        spawn(w, threads, &n, arena_fmt(d->home, "exec-%d", i), worker_executor);
    daemon_wait(d);
    drain(w);
    while (n)
        pthread_join(threads[--n], NULL);
    relay_close(d->relay);
    the_worker = NULL;
    daemon_end(d);
    return 0;
}
