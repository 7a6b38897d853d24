/* From claimed work to its end: executors run the handlers, the finisher writes what came of them. */
#include "app/worker_state.h"
#include "app/effects.h"
#include "app/metrics.h"
#include "app/persons.h"
#include "app/relay.h"
#include "base/clock.h"
#include "base/log.h"
#include "data/json.h"
#include "data/trace.h"

#include <stdlib.h>
#include <string.h>

#define END_MOST     64             /* ends in one commit */
#define END_TOGETHER 16             /* so many do not wait for more */
#define END_WAIT_MS  10             /* how long an end waits for company while other work waits behind it */
#define PAUSE_MS     200
#define TOO_NEW_MS   15000          /* until a job of a kind unknown here is looked at again */
#define GIVE_UP_MS   120000         /* an end that cannot be written for so long is left to the lease */

METRIC(ended, COUNTER, "palabre_jobs_total", "Jobs ended by this process.", "state");
METRIC(seconds, HISTOGRAM, "palabre_job_seconds", "Time a handler took.", "kind");
METRIC(waited, HISTOGRAM, "palabre_job_wait_seconds", "Time from acceptance to the first claim.", "kind");

/* --- what handlers say --- */

static const char *step_of(const struct job *j) { return j->step ? j->step : j->kind; }

static struct work *work_of(const struct ctx *cx) { return (struct work *)(uintptr_t)cx->job; }

void job_event(struct ctx *cx, const char *type, const char *json)
{
    event_put(cx->daemon ? cx->daemon->events : NULL, cx->job->root, type, json);
}

void job_begins(struct ctx *cx, const char *transcription)
{
    if (transcription && cx->job)
        log_event(cx, LOG_INFO, "transcription_processing_started", LOG_TEXT("transcription", transcription), LOG_TEXT("job", cx->job->root),
                  LOG_TEXT("user_id", cx->job->owner), LOG_LONG("attempt", cx->job->attempt));
}

void job_progress(struct ctx *cx, int percent)
{
    struct work *k = work_of(cx);

    if (!cx->daemon)
        return;                     /* a handler run by a test */
    if (percent > 99)
        percent = 99;
    if (percent <= k->percent)
        return;
    __atomic_store_n(&k->percent, percent, __ATOMIC_RELAXED);
    job_event(cx, "progress", arena_fmt(cx->arena, "{\"step\":\"%s\",\"percent\":%d}", step_of(cx->job), percent));
}

err_t job_effect_end(struct ctx *cx, const struct effect *e, const char *result, int64_t cost_micro)
{
    struct work *k = work_of(cx);

    if (!cx->daemon || k->effect.name || strlen(result) > EFFECT_MAX_BYTES)
        return effect_end(cx, e, result, cost_micro);
    TRY(person_seal_json(cx, cx->job->owner, result, &result));
    k->effect = (struct effect_end){ e->name, result, cost_micro };
    return OK;
}

void job_explain(struct ctx *cx, const char *json)
{
    struct work *k = work_of(cx);

    if (!cx->daemon)
        return;
    if (k->explain.n)
        text_char(&k->explain, ',');
    text_put(&k->explain, json);
}

/* --- executors --- */

/* During a rolling update a gateway asks for what only the next version of its workers does. */
static err_t too_new(struct ctx *cx, const char *kind)
{
    err_t e = fail(cx, KIND_TOO_NEW, "this worker does not do %s", kind);

    e->retry_after_ms = TOO_NEW_MS;
    return e;
}

static err_t run_handler(struct work *k)
{
    struct ctx *cx = &k->cx;
    const struct handler *h = k->kind ? k->kind->handler : NULL;

    if (!h)
        return too_new(cx, k->job.kind);
    void *in = arena_get(cx->arena, h->in->size), *out = arena_get(cx->arena, h->out->size);
    TRY(person_open_json(cx, k->job.owner, k->job.input.text, &k->job.input.text));
    TRY(json_read_kept(cx, k->job.input.text, h->in, in));
    TRY(clock_check(cx));
    TRY(h->run(cx, in, out));
    return person_seal_json(cx, k->job.owner, json_write(cx, h->out, out), &k->result);
}

static void prepare(struct worker *w, struct work *k)
{
    int64_t now = clock_ms(), left = INT64_MAX;

    k->cx = ctx_new(w->daemon);
    trace_start(&k->cx, k->job.trace);
    k->cx.job = &k->job;
    k->cx.user = k->job.owner;
    k->cx.stop = &k->stop;
    if (k->kind && k->kind->deadline_s)
        left = k->kind->deadline_s * 1000;
    if (k->job.deadline_at.ms && k->job.deadline_at.ms - clock_wall_ms() < left)
        left = k->job.deadline_at.ms - clock_wall_ms();
    if (left != INT64_MAX)
        k->cx.deadline_ms = now + (left > 0 ? left : 0);
    k->explain = text_new(k->cx.arena, 256, 64u << 10);
    k->started_ms = now;
}

static void execute(struct worker *w, struct work *k)
{
    int64_t from_us = clock_us();

    prepare(w, k);
    if (k->job.attempt == 1)
        metric_time(&waited, k->job.kind, (clock_wall_ms() - k->job.created_at.ms) * 1000);
    if (!k->kind || !k->kind->quiet)
        job_event(&k->cx, "started", arena_fmt(k->cx.arena, "{\"step\":\"%s\",\"attempt\":%d}", step_of(&k->job), k->job.attempt));
    k->error = run_handler(k);
    metric_time(&seconds, k->job.kind, clock_us() - from_us);
}

static struct work *take_run(struct worker *w, int lane)
{
    struct work *k = w->run[lane];

    if (!k)
        return NULL;
    w->run[lane] = k->next;
    if (!k->next)
        w->run_last[lane] = &w->run[lane];
    k->next = NULL;
    return k;
}

/* Under the lock: live work first, then quick; batch work leaves one of several executors free. */
static struct work *next_run(struct worker *w)
{
    struct work *k = take_run(w, LIVE);

    if (!k)
        k = take_run(w, QUICK);
    if (k || (w->executors > 1 && w->running_batch >= w->executors - 1))
        return k;
    k = take_run(w, BATCH);
    w->running_batch += k != NULL;
    return k;
}

/* Ends may share a commit when nobody waits for any of them and there is more to do than is being done. */
static bool may_wait(const struct worker *w)
{
    return !w->ended_live && w->ended_n < END_TOGETHER && w->run[QUICK] && !w->stop && !w->draining;
}

static void put_ended(struct worker *w, struct work *k)
{
    *w->ended_last = k;
    w->ended_last = &k->next;
    w->ended_live |= k->lane == LIVE;
    if (!w->ended_n++ || !may_wait(w))
        pthread_cond_signal(&w->work_to_end);
}

void *worker_executor(void *with)
{
    struct worker *w = with;

    for (;;) {
        struct work *k = NULL;
        pthread_mutex_lock(&w->lock);
        while (!w->stop && !(k = next_run(w)))
            pthread_cond_wait(&w->work_to_run, &w->lock);
        if (k)
            __atomic_add_fetch(&w->running, 1, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&w->lock);
        if (!k)
            return NULL;

        bool batch = k->lane == BATCH;
        execute(w, k);
        pthread_mutex_lock(&w->lock);
        __atomic_sub_fetch(&w->running, 1, __ATOMIC_RELAXED);
        w->running_batch -= batch;
        put_ended(w, k);
        if (batch)
            pthread_cond_signal(&w->work_to_run);
        pthread_mutex_unlock(&w->lock);
    }
}

/* --- the finisher --- */

void worker_let_go(struct worker *w, struct work *k)
{
    pthread_mutex_lock(&w->lock);
    for (struct work **at = &w->all; *at; at = &(*at)->all)
        if (*at == k) {
            *at = k->all;
            break;
        }
    w->holding[k->lane]--;
    uint64_t tag = k->tag;
    if (k->lane != QUICK || w->holding[QUICK] <= QUICK_AGAIN)
        pthread_cond_signal(&w->work_to_claim);
    if (!w->all)
        pthread_cond_broadcast(&w->moved);
    pthread_mutex_unlock(&w->lock);
    if (tag)
        amqp_ack(w->consumer, tag);
    if (k->cx.arena)
        ctx_free(&k->cx);
    arena_free(k->arena);
}

static const char *explain_of(struct work *k)
{
    return k->explain.n ? arena_fmt(k->cx.arena, "[%s]", k->explain.at) : NULL;
}

static const char *unused_of(const struct job *j) { return j->begun && !j->begun->used ? j->begun->name : NULL; }

static void tell_end(struct worker *w, struct work *k, const struct job_end *end)
{
    struct ctx *cx = &k->cx;
    const char *error = k->error ? err_name(k->error->code) : NULL;

    metric_add(&ended, end->done ? end->state : "fenced", 1);
    if (k->error && end->done && k->error->code != E_CANCELLED && k->error->code != E_TURN_LATER)
        log_event(cx, text_is(end->state, "queued") ? LOG_WARN : err_status(k->error->code) >= 500 ? LOG_ERROR : LOG_INFO, "job attempt failed",
                  LOG_TEXT("job", k->job.id), LOG_TEXT("kind", k->job.kind), LOG_TEXT("error", error), LOG_TEXT("text", k->error->text),
                  LOG_TEXT("where", k->error->where), LOG_TEXT("state", end->state), LOG_LONG("attempt", k->job.attempt));
    if (!end->done)
        return;
    if (k->kind && k->kind->quiet) {
        relay_send(w->daemon, &end->next);
        return;
    }
    job_event(cx, "step", arena_fmt(cx->arena, "{\"step\":\"%s\",\"state\":\"%s\",\"attempt\":%d,\"ms\":%lld%s%s%s}", step_of(&k->job), end->state,
              k->job.attempt, (long long)(clock_ms() - k->started_ms), error ? ",\"error\":\"" : "", error ? error : "", error ? "\"" : ""));
    if (text_is(end->root_state, "succeeded"))
        job_event(cx, "done", "{\"state\":\"succeeded\"}");
    else if (end->root_state && !text_is(end->root_state, "queued") && !text_is(end->root_state, "waiting"))
        job_event(cx, "done", arena_fmt(cx->arena, "{\"state\":\"%s\"%s%s%s}", end->root_state, error ? ",\"error\":\"" : "", error ? error : "", error ? "\"" : ""));
    if (end->next.outbox)
        events_flush(w->daemon->events, 0, 200);   /* the next step's events come after ours */
    relay_send(w->daemon, &end->next);
}

static err_t write_ends(struct ctx *cx, struct work *const *works, struct job_end *ends, size_t n)
{
    struct job_end *good = NEWS(cx, struct job_end, n);
    size_t *from = NEWS(cx, size_t, n), good_n = 0;

    for (size_t i = 0; i < n; i++)
        if (!works[i]->error && !ends[i].state)
            from[good_n] = i, good[good_n++] = ends[i];
    if (good_n)
        TRY(jobs_succeed(cx, good, good_n));
    for (size_t i = 0; i < good_n; i++) {
        ends[from[i]] = good[i];
        if (!good[i].done)
            ends[from[i]].state = "fenced";     /* decided: not to be written again */
    }
    for (size_t i = 0; i < n; i++)
        if (works[i]->error && !ends[i].state) {
            TRY(job_fail(cx, &ends[i]));
            if (!ends[i].done)
                ends[i].state = "fenced";
        }
    return OK;
}

/* A handler that was stopped by the drain gives its lease back; any other is ended. */
static bool hand_back(struct ctx *cx, struct worker *w, struct work *k)
{
    const struct job *job = &k->job;
    struct tickets tickets = { 0 };

    pthread_mutex_lock(&w->lock);
    bool drained = k->why == DRAINED;
    pthread_mutex_unlock(&w->lock);
    if (!drained || !k->error || k->error->code != E_CANCELLED)
        return false;
    if (jobs_release(cx, &job, 1, &tickets) == OK)
        for (size_t i = 0; i < tickets.tickets.n; i++)
            relay_send(w->daemon, &tickets.tickets.at[i]);
    return true;
}

/* Ends are written again until they are, or until the lease has surely passed to another. */
static void end_some(struct worker *w, struct work **works, size_t n)
{
    struct ctx cx = ctx_new(w->daemon);
    struct job_end *ends = NEWS(&cx, struct job_end, n);
    int64_t until = clock_ms() + GIVE_UP_MS;
    err_t e;

    for (size_t i = 0; i < n; i++)
        ends[i] = (struct job_end){ .job = &works[i]->job, .result = works[i]->result, .error = works[i]->error, .explain = explain_of(works[i]),
                                    .effect = works[i]->effect, .unused = unused_of(&works[i]->job) };
    while ((e = write_ends(&cx, works, ends, n)) && clock_ms() < until) {
        if (err_retry(e->code) != LATER) {
            log_err(&cx, "a job's end cannot be written", e);
            break;
        }
        clock_sleep_ms(PAUSE_MS);
    }
    for (size_t i = 0; i < n; i++) {
        tell_end(w, works[i], &ends[i]);
        worker_let_go(w, works[i]);
    }
    ctx_free(&cx);
}

static size_t take_ended(struct worker *w, struct work **out)
{
    size_t n = 0;

    while (n < END_MOST && w->ended) {
        out[n] = w->ended;
        w->ended = out[n]->next;
        out[n++]->next = NULL;
    }
    if (!w->ended)
        w->ended_last = &w->ended;
    w->ended_n -= n;
    w->ended_live &= w->ended_n > 0;
    return n;
}

static void wait_for_ends(struct worker *w)
{
    while (!w->ended && !w->stop)
        pthread_cond_wait(&w->work_to_end, &w->lock);

    int64_t until = clock_ms() + END_WAIT_MS;
    struct timespec t = { until / 1000, until % 1000 * 1000000 };
    while (may_wait(w))
        if (pthread_cond_timedwait(&w->work_to_end, &w->lock, &t))
            break;
}

static void finish(struct worker *w, struct work **works, size_t n)
{
    struct ctx cx = ctx_new(w->daemon);
    size_t left = 0;

    for (size_t i = 0; i < n; i++) {
        if (hand_back(&cx, w, works[i]))
            worker_let_go(w, works[i]);
        else
            works[left++] = works[i];
    }
    ctx_free(&cx);
    if (left)
        end_some(w, works, left);
}

void *worker_finisher(void *with)
{
    struct worker *w = with;
    struct work *works[END_MOST];

    for (;;) {
        pthread_mutex_lock(&w->lock);
        wait_for_ends(w);
        size_t n = take_ended(w, works);
        pthread_mutex_unlock(&w->lock);
        if (!n)
            return NULL;
        finish(w, works, n);
    }
}
