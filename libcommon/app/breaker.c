/* Closed: failures are counted. Open: nobody passes until a pause is over. Half open: one may try; its
 * success closes, its failure opens again. */
#define _GNU_SOURCE
#include "app/breaker.h"
#include "app/metrics.h"
#include "base/clock.h"

#include <pthread.h>

METRIC(open_now, GAUGE, "palabre_engine_open", "1 while an engine's circuit breaker keeps requests away.", "engine");
METRIC(opened, COUNTER, "palabre_engine_opened_total", "How often an engine's circuit breaker opened.", "engine");

/* Guards all breakers: they are few, and looked at for nanoseconds before and after calls of milliseconds. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Milliseconds to wait before the next try, or 0 when this one may go. */
static int64_t wait_of(struct breaker *b, int64_t now)
{
    if (b->failures < BREAKER_FAILURES)
        return 0;
    if (now < b->open_until_ms)
        return b->open_until_ms - now;
    if (b->trying_since_ms && now - b->trying_since_ms < BREAKER_TRY_MS)
        return BREAKER_PAUSE_MS;
    b->trying_since_ms = now;
    b->trying = pthread_self();
    return 0;
}

err_t breaker_enter(struct ctx *cx, struct breaker *b)
{
    pthread_mutex_lock(&lock);
    int64_t wait_ms = wait_of(b, clock_ms());
    pthread_mutex_unlock(&lock);
    if (!wait_ms)
        return OK;

    err_t e = fail(cx, ENGINE_BUSY, "%s failed %d times in a row; it is left alone for a while", b->name, BREAKER_FAILURES);
    e->retry_after_ms = wait_ms;
    return e;
}

static bool says_nothing(err_t e)
{
    return e && (e->code == E_CANCELLED || e->code == E_DEADLINE_PASSED);
}

static void open_up(struct breaker *b)
{
    b->failures = BREAKER_FAILURES;
    b->open_until_ms = clock_ms() + BREAKER_PAUSE_MS;
    metric_add(&opened, b->name, 1);
    metric_set(&open_now, b->name, 1);
}

static void close_down(struct breaker *b)
{
    b->failures = 0;
    metric_set(&open_now, b->name, 0);
}

/* Calls that were under way when it opened tell old news: only the one that tries decides then. */
static bool is_old_news(const struct breaker *b)
{
    return b->failures >= BREAKER_FAILURES && !(b->trying_since_ms && pthread_equal(b->trying, pthread_self()));
}

void breaker_leave(struct breaker *b, err_t e)
{
    pthread_mutex_lock(&lock);
    if (!is_old_news(b)) {
        b->trying_since_ms = 0;
        if (e && err_retry(e->code) == LATER && b->failures + 1 >= BREAKER_FAILURES)
            open_up(b);
        else if (e && err_retry(e->code) == LATER)
            b->failures++;
        else if (!says_nothing(e))
            close_down(b);
    }
    pthread_mutex_unlock(&lock);
}

bool engine_at_fault(const err_t e)
{
    switch (e->code) {
    case E_ENGINE_REFUSED: case E_ENGINE_DISABLED: case E_ENGINE_QUOTA: case E_ENGINE_BUSY: case E_ENGINE_DOWN: case E_ENGINE_BROKEN:
    case E_LANGUAGE_REFUSED: case E_EGRESS_REFUSED: case E_TIMEOUT: case E_CHILD_FAILED: case E_BODY_TOO_LARGE:
        return true;
    default:
        return false;
    }
}
