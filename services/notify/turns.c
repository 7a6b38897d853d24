#include "turns.h"
#include "config.h"
#include "base/clock.h"
#include "data/crypto.h"
#include "data/uuid.h"

#include <pthread.h>
#include <string.h>

#define ADDRESSES_MOST 512          /* in use or paused at the same time */
#define FIRST_MS       500          /* how long a request is thought to last before one was made */
#define LEAST_MS       50
#define MOST_MS        300000       /* a turn comes at the latest */

/* Those that find no seat stand in a line that only exists as a time: each is told to come when the ones before it will be through. */
struct address {
    char    endpoint[UUID_BYTES];
    int     sending;
    int64_t line_ms;                /* when the turn of the last in the line comes */
    int64_t pause_ms;               /* nothing is sent until then */
    int64_t lasts_ms;               /* a request, smoothed */
};

static struct {
    pthread_mutex_t lock;           /* guards all of it */
    struct address at[ADDRESSES_MOST];
    int failing;                    /* requests under way to addresses that failed last */
} turns = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

/* Its entry, or a new one in the place of one that means nothing any more; NULL: all mean something. */
static struct address *address_of(const char *endpoint, int64_t now)
{
    struct address *free = NULL;

    for (size_t i = 0; i < ADDRESSES_MOST; i++) {
        struct address *a = &turns.at[i];
        if (!strcmp(a->endpoint, endpoint))
            return a;
        if (!free && !a->sending && a->line_ms <= now && a->pause_ms <= now)
            free = a;
    }
    if (free) {
        *free = (struct address){ .lasts_ms = FIRST_MS };
        strncpy(free->endpoint, endpoint, UUID_BYTES - 1);
    }
    return free;
}

/* 0: now. */
static int64_t wait_for(struct address *a, bool failing, int64_t now)
{
    if (a->pause_ms > now)
        return a->pause_ms - now;
    if (a->sending < notify_settings.webhook_at_once && (!failing || turns.failing < notify_settings.webhook_failing_at_once))
        return 0;
    a->line_ms = later(a->line_ms, now) + later(a->lasts_ms / notify_settings.webhook_at_once, LEAST_MS);
    return a->line_ms - now;
}

static err_t turn_later(struct ctx *cx, int64_t wait_ms)
{
    err_t e = fail(cx, TURN_LATER, "others are before it");
    uint32_t dice;

    crypto_random(&dice, sizeof(dice));
    e->retry_in_ms = (wait_ms > MOST_MS ? MOST_MS : wait_ms) + dice % LEAST_MS + 1;
    return e;
}

err_t turn_take(struct ctx *cx, const char *endpoint, bool failing)
{
    int64_t now = clock_ms(), wait_ms;

    pthread_mutex_lock(&turns.lock);
    struct address *a = address_of(endpoint, now);
    wait_ms = a ? wait_for(a, failing, now) : FIRST_MS;
    if (!wait_ms) {
        a->sending++;
        turns.failing += failing;
    }
    pthread_mutex_unlock(&turns.lock);
    return wait_ms ? turn_later(cx, wait_ms) : OK;
}

void turn_give(const char *endpoint, bool failing, int64_t took_ms)
{
    pthread_mutex_lock(&turns.lock);
    struct address *a = address_of(endpoint, clock_ms());
    a->sending--;                   /* its entry is there while it is sent to */
    a->lasts_ms = (3 * a->lasts_ms + took_ms) / 4;
    turns.failing -= failing;
    pthread_mutex_unlock(&turns.lock);
}

void turn_pause(const char *endpoint, int64_t ms)
{
    int64_t now = clock_ms();

    pthread_mutex_lock(&turns.lock);
    struct address *a = address_of(endpoint, now);
    if (a)
        a->pause_ms = later(a->pause_ms, now + ms);
    pthread_mutex_unlock(&turns.lock);
}
