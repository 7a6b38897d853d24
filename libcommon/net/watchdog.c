#define _GNU_SOURCE
#include "net/watchdog.h"
#include "base/clock.h"
#include "base/thread.h"

#include <time.h>

void watchdog_open(struct watchdog *w, void (*bite)(void *with), void *with)
{
    pthread_condattr_t monotonic;

    *w = (struct watchdog){ .bite = bite, .with = with };
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void sleep_until(struct watchdog *w, int64_t until_ms)
{
    struct timespec t = { until_ms / 1000, until_ms % 1000 * 1000000 };

    w->sleeps_ms = until_ms;
    if (until_ms)
        pthread_cond_timedwait(&w->changed, &w->lock, &t);
    else
        pthread_cond_wait(&w->changed, &w->lock);
}

/* Called off and set again, the time has usually moved on: the thread then sleeps once more, and nobody
 * had to wake it for that. */
static void *run(void *with)
{
    struct watchdog *w = with;

    pthread_mutex_lock(&w->lock);
    while (!w->stop) {
        if (w->until_ms && clock_ms() >= w->until_ms) {
            w->until_ms = 0;
            w->bite(w->with);
        }
        sleep_until(w, w->until_ms);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

bool watchdog_start(struct watchdog *w)
{
    if (!w->running)
        w->running = thread_start(&w->thread, "watchdog", run, w);
    return w->running;
}

void watchdog_set(struct watchdog *w, int64_t until_ms)
{
    pthread_mutex_lock(&w->lock);
    w->until_ms = until_ms;
    if (until_ms && (!w->sleeps_ms || until_ms < w->sleeps_ms))
        pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

void watchdog_close(struct watchdog *w)
{
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (w->running)
        pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
}
