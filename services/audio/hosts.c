#define _GNU_SOURCE
#include "hosts.h"
#include "config.h"
#include "base/clock.h"
#include "data/crypto.h"
#include "app/jobs.h"
#include "net/redis.h"

#include <pthread.h>
#include <string.h>

#define LEASE_MS   60000
#define RENEW_MS   15000
#define PATIENCE_MS 3000            /* a shorter wait is not worth handing the job back */
#define AGAIN_MS   5000             /* after which a job looks again whether it is its turn; grows with its attempts */
#define AGAIN_MOST 12               /* times that */
#define HOSTS_MOST 64

/* KEYS: turns taken (a sorted set: token, end of its lease), when the next may begin, whether the host rests. ARGV: token, most at a
 * time, lease, interval, all in ms. Gives 0, or the ms to wait: exact for a pause, -1 for a turn of somebody else's. */
static struct script enter = { .name = "host_enter", .text =
    "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
    "local rest = redis.call('PTTL', KEYS[3]) if rest > 0 then return rest end "
    "local soon = redis.call('PTTL', KEYS[2]) if soon > 0 then return soon end "
    "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now) "
    "if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return -1 end "
    "redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1]) redis.call('PEXPIRE', KEYS[1], ARGV[3] * 2) "
    "if tonumber(ARGV[4]) > 0 then redis.call('SET', KEYS[2], 1, 'PX', ARGV[4]) end "
    "return 0" };

/* KEYS: turns taken. ARGV: token, lease. */
static struct script renew = { .name = "host_renew", .text =
    "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
    "redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2) return 0" };

/* --- without Redis --- */

struct local_host { char name[256]; int taken; int64_t next_ms, rest_ms; };
static struct local_host locals[HOSTS_MOST];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    /* guards locals */

/* Under the lock. The last place is shared by all hosts that find no other. */
static struct local_host *local_find(const char *host)
{
    struct local_host *free_one = &locals[HOSTS_MOST - 1];

    for (struct local_host *h = locals; h < locals + HOSTS_MOST - 1; h++) {
        if (!strcmp(h->name, host))
            return h;
        if (!h->taken && h->rest_ms <= clock_ms())
            free_one = h;
    }
    if (free_one != &locals[HOSTS_MOST - 1])
        *free_one = (struct local_host){ .name = "" }, memcpy(free_one->name, host, strnlen(host, sizeof(free_one->name) - 1));
    return free_one;
}

static int64_t local_enter(const char *host)
{
    int64_t now = clock_ms(), wait_ms = 0;

    pthread_mutex_lock(&lock);
    struct local_host *h = local_find(host);
    if (h->rest_ms > now)
        wait_ms = h->rest_ms - now;
    else if (h->next_ms > now)
        wait_ms = h->next_ms - now;
    else if (h->taken >= audio_settings.audio_host_most)
        wait_ms = -1;
    else
        h->taken++, h->next_ms = now + audio_settings.audio_host_interval_ms;
    pthread_mutex_unlock(&lock);
    return wait_ms;
}

static void local_leave(const char *host)
{
    pthread_mutex_lock(&lock);
    struct local_host *h = local_find(host);
    h->taken -= h->taken > 0;
    pthread_mutex_unlock(&lock);
}

static void local_rest(const char *host, int64_t ms)
{
    pthread_mutex_lock(&lock);
    local_find(host)->rest_ms = clock_ms() + ms;
    pthread_mutex_unlock(&lock);
}

/* --- with it --- */

static struct bytes key(struct ctx *cx, const char *host, const char *what)
{
    const char *text = arena_fmt(cx->arena, "fetch:{%s}:%s", host, what);

    return W(text);
}

static struct bytes number(struct ctx *cx, int64_t n)
{
    const char *text = arena_fmt(cx->arena, "%lld", (long long)n);

    return W(text);
}

static int64_t shared_enter(struct ctx *cx, struct turn *t)
{
    struct bytes keys[] = { key(cx, t->host, "turns"), key(cx, t->host, "next"), key(cx, t->host, "rest") };
    struct bytes args[] = { W(t->token), number(cx, audio_settings.audio_host_most), number(cx, LEASE_MS),
                            number(cx, audio_settings.audio_host_interval_ms) };
    struct reply_value reply;

    t->local = !cx->redis || redis_run(cx, &enter, &reply, keys, COUNT(keys), args, COUNT(args));
    return t->local ? local_enter(t->host) : reply.number;
}

void host_renew(struct ctx *cx, struct turn *t)
{
    struct reply_value reply;

    if (!t->token || t->local || clock_ms() < t->renewed_ms + RENEW_MS)
        return;
    t->renewed_ms = clock_ms();
    struct bytes keys[] = { key(cx, t->host, "turns") }, args[] = { W(t->token), number(cx, LEASE_MS) };
    err_t e = redis_run(cx, &renew, &reply, keys, 1, args, 2);
    (void)e;                        /* a Redis that is away has no turn to lose */
}

void host_leave(struct ctx *cx, struct turn *t)
{
    struct reply_value reply;

    if (!t->token)
        return;
    if (t->local)
        local_leave(t->host);
    err_t e = !cx->redis ? OK : redis_do(cx, &reply, (struct bytes[]){ W("ZREM"), key(cx, t->host, "turns"), W(t->token) }, 3);
    (void)e;                        /* else its lease ends it. Of a local turn as well: an answer of Redis may have been lost */
    t->token = NULL;
}

void host_rest(struct ctx *cx, const char *host, int64_t ms)
{
    struct reply_value reply;

    if (!cx->redis || redis_do(cx, &reply, (struct bytes[]){ W("SET"), key(cx, host, "rest"), W("1"), W("PX"), number(cx, ms) }, 5))
        local_rest(host, ms);
}

/* By then the work may have been stopped or be late, and its turn is given back all the same. */
struct held_turn { struct ctx cx; struct turn turn; };

static void give_back(void *with)
{
    struct held_turn *h = with;

    h->cx.deadline_ms = 0;
    h->cx.stop = NULL;
    host_leave(&h->cx, &h->turn);
}

static fallible busy(struct ctx *cx, const char *host, int64_t wait_ms)
{
    int64_t tries = !cx->job ? 1 : cx->job->attempt < AGAIN_MOST ? cx->job->attempt : AGAIN_MOST;
    err_t e = fail(cx, SITE_BUSY, "%s: its turn has not come", host);

    e->retry_after_ms = wait_ms > 0 ? wait_ms : AGAIN_MS * tries;
    return e;
}

err_t host_enter(struct ctx *cx, const char *host, struct turn **out)
{
    struct held_turn *h = NEW(cx, struct held_turn);
    int64_t until_ms = clock_ms() + PATIENCE_MS, wait_ms;
    uint8_t dice[8];
    char *token = arena_get(cx->arena, 2 * sizeof(dice) + 1);

    crypto_random(dice, sizeof(dice));
    text_hex(dice, sizeof(dice), token);
    h->cx = *cx;
    h->turn = (struct turn){ .host = host, .token = token, .renewed_ms = clock_ms() };
    while ((wait_ms = shared_enter(cx, &h->turn))) {
        TRY(clock_check(cx));
        int64_t pause_ms = wait_ms < 0 || wait_ms > 100 ? 100 : wait_ms;
        if (wait_ms > PATIENCE_MS || clock_ms() + pause_ms > until_ms)
            return busy(cx, host, wait_ms);
        clock_sleep_ms(pause_ms);
    }
    arena_own(cx->arena, h, give_back);
    *out = &h->turn;
    return OK;
}
