/* palabre-scheduler: what must happen by itself. Several may run; one leads, by a lock that dies with its session. */
#include "audit.h"
#include "app/jobs.h"
#include "app/relay.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "net/pg.h"

#include <pthread.h>
#include <stdlib.h>

#define TIDY_MS   60000
#define FILES_MS  5000
#define TELL_MS   1000
#define FOLLOW_MS 1000          /* between attempts to lead */
#define GRACE_MS  (LEASE_S * 1000 / 3 + 2000)   /* after the database was away: a heartbeat, before leases are judged */

static struct scheduler_settings settings = { .scheduler_tick_ms = 200, .scheduler_batch = 500, .jobs_keep_days = 90,
                                             .asks_keep_days = 90, .audit_keep_days = 2557, .audit_checkpoint_s = 60 };

static bool over(const struct daemon *d) { return __atomic_load_n(&d->stop, __ATOMIC_RELAXED); }

static void rest(const struct daemon *d, int64_t ms)
{
    for (int64_t until = clock_ms() + ms; clock_ms() < until && !over(d);)
        clock_sleep_ms(ms < 50 ? ms : 50);
}

/* A file store that is away keeps files a little longer, and nobody from leading. */
static void drop_files(struct ctx *cx)
{
    err_t e = lead_drop_files(cx);

    if (e)
        log_event(cx, LOG_WARN, "files wait for their end", LOG_TEXT("error", err_name(e->code)), LOG_TEXT("text", e->text));
}

struct times { int64_t tidy_ms, files_ms, tell_ms; };        /* when it is time again */

/* One look: the lock is asked for again on its own session (it counts, and tells that the session lives). */
static bool look(struct daemon *d, struct pg_conn *session, struct times *t, size_t *found)
{
    struct ctx cx = ctx_new(d);
    bool leads = false;

    cx.tx = session;
    err_t e = lead_try(&cx, &leads);
    cx.tx = NULL;
    if (!e && leads)
        e = lead_look(&cx, (int)settings.scheduler_batch, found);
    if (!e && leads && clock_ms() >= t->tidy_ms) {
        e = lead_tidy(&cx, (int)settings.jobs_keep_days);
        if (!e)
            e = lead_forget(&cx, clock_wall_ms(), (int)settings.asks_keep_days);
        if (!e)
            e = lead_forget_transcriptions(&cx, clock_wall_ms(), (int)settings.transcriptions_keep_days);
        if (!e)
            e = lead_retire(&cx, clock_wall_ms(), (int)settings.audit_keep_days);
        t->tidy_ms = clock_ms() + TIDY_MS;
    }
    if (!e && leads && clock_ms() >= t->tell_ms) {
        e = lead_tell_transcriptions(&cx);
        t->tell_ms = clock_ms() + TELL_MS;
    }
    if (!e && leads && clock_ms() >= t->files_ms) {
        drop_files(&cx);
        t->files_ms = clock_ms() + FILES_MS;
    }
    if (e)
        log_event(&cx, LOG_WARN, "the scheduler cannot look", LOG_TEXT("error", err_name(e->code)), LOG_TEXT("text", e->text));
    ctx_free(&cx);
    return !e && leads;
}

static void lead(struct daemon *d, struct pg_conn *session)
{
    struct times t = { .tidy_ms = clock_ms() + TIDY_MS };
    size_t found = 0;

    log_event(NULL, LOG_INFO, "leading");
    while (!over(d) && look(d, session, &t, &found))
        if (found < (size_t)settings.scheduler_batch)
            rest(d, settings.scheduler_tick_ms);
}

static void *run(void *with)
{
    struct daemon *d = with;
    bool away = false;

    while (!over(d)) {
        struct ctx cx = ctx_new(d);
        struct arena *session = arena_new();
        bool leads = false;
        err_t e = pg_hold(&cx, session);
        struct pg_conn *held = cx.tx;
        if (!e)
            e = lead_try(&cx, &leads);
        cx.tx = NULL;
        if (!e)
            __atomic_store_n(&d->ready, true, __ATOMIC_RELAXED);
        if (leads && away)
            rest(d, GRACE_MS);
        if (leads)
            lead(d, held);
        away = e != OK || leads;        /* it led and came back here: its session died */
        arena_free(session);
        ctx_free(&cx);
        rest(d, FOLLOW_MS);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct daemon_plan plan = {
        .service = "scheduler", .about = "lost tickets, due retries, ended leases, deadlines, the audit log, what is to be forgotten",
        .uses = USES_PG | USES_REDIS | USES_AMQP | USES_AUDIT | USES_BLOBS,
        .config_shape = &scheduler_settings_shape, .config = &settings,
    };
    struct daemon *d = daemon_start(argc, argv, &plan);
    pthread_t thread;

    relay_open(d);
    if (!thread_start(&thread, "lead", run, d))
        abort();
    struct keeper *keeper = keeper_start(d, &settings);
    daemon_wait(d);
    __atomic_store_n(&d->stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    keeper_stop(keeper);
    relay_close(d->relay);
    daemon_end(d);
    return 0;
}
