#include "http/rate.h"
#include "app/group.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "net/redis.h"

#include <pthread.h>
#include <string.h>

#define TABLE_SIZE 4096

METRIC(local, COUNTER, "palabre_rate_local_total", "Requests counted without Redis.", NULL);
METRIC(refused, COUNTER, "palabre_rate_refused_total", "Requests above their limit.", NULL);

/* KEYS: the counter, then perhaps those of ended_keys. ARGV: window in ms. Gives hits so far, the ms left, 0: nobody is
 * banned, and what the other keys hold. */
static struct script take = { .name = "rate_take", .text =
    "local n = redis.call('INCR', KEYS[1]) "
    "local left = n == 1 and -1 or redis.call('PTTL', KEYS[1]) "
    "if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) left = tonumber(ARGV[1]) end "
    "if #KEYS == 1 then return {n, left, 0} end "
    "return {n, left, 0, redis.call('MGET', KEYS[2], KEYS[3], KEYS[4])}" };

/* KEYS: the counter, the strikes, the ban, then perhaps those of ended_keys. ARGV: window in ms, limit, strikes allowed, their window, the ban's length in
 * ms. Who is banned is not counted; the third of the answer is 1. */
static struct script take_or_ban = { .name = "rate_take_or_ban", .text =
    "local banned = redis.call('PTTL', KEYS[3]) "
    "if banned > 0 then return {0, banned, 1} end "
    "local n = redis.call('INCR', KEYS[1]) "
    "local left = redis.call('PTTL', KEYS[1]) "
    "if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) left = tonumber(ARGV[1]) end "
    "if n <= tonumber(ARGV[2]) then return {n, left, 0, #KEYS > 3 and redis.call('MGET', KEYS[4], KEYS[5], KEYS[6]) or nil} end "
    "local strikes = redis.call('INCR', KEYS[2]) "
    "if strikes == 1 then redis.call('PEXPIRE', KEYS[2], ARGV[4]) end "
    "if strikes <= tonumber(ARGV[3]) then return {n, left, 0} end "
    "redis.call('SET', KEYS[3], 1, 'PX', ARGV[5]) "
    "redis.call('DEL', KEYS[2]) "
    "return {n, tonumber(ARGV[5]), 1}" };

/* The stand-in: keys share slots by hash, so it may count too much, never too little. It bans nobody. */
static struct { uint32_t hits; int64_t until_ms; } table[TABLE_SIZE];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    /* guards the table */

struct hit { const struct rate_ask *ask; int64_t hits, left_ms; bool banned; enum standing standing; };

static void take_local(struct hit *h)
{
    unsigned hash = text_hash(h->ask->key);
    int64_t now = clock_ms();

    pthread_mutex_lock(&lock);
    if (table[hash % TABLE_SIZE].until_ms <= now) {
        table[hash % TABLE_SIZE].hits = 0;
        table[hash % TABLE_SIZE].until_ms = now + h->ask->window_s * 1000;
    }
    h->hits = ++table[hash % TABLE_SIZE].hits;
    h->left_ms = table[hash % TABLE_SIZE].until_ms - now;
    pthread_mutex_unlock(&lock);
    metric_add(&local, NULL, 1);
}

static struct bytes number(struct ctx *cx, int64_t n)
{
    const char *text = arena_fmt(cx->arena, "%lld", (long long)n);

    return W(text);
}

static struct call call_of(struct ctx *cx, const struct rate_ask *ask)
{
    struct bytes *keys = NEWS(cx, struct bytes, 3 + ENDED_KEYS), *args = NEWS(cx, struct bytes, 5);
    size_t own = ask->ban ? 3 : 1, all = ask->asker ? own + ENDED_KEYS : own;

    keys[0] = W(ask->key);
    if (ask->asker)
        ended_keys(cx, ask->asker, keys + own);
    args[0] = ask->window_s == 60 ? W("60000") : number(cx, ask->window_s * 1000);
    if (!ask->ban)
        return (struct call){ &take, keys, all, args, 1 };
    const char *strikes = arena_fmt(cx->arena, "%s:strikes", ask->ban), *ban = arena_fmt(cx->arena, "%s:ban", ask->ban);
    keys[1] = W(strikes);
    keys[2] = W(ban);
    args[1] = number(cx, ask->limit);
    args[2] = number(cx, RATE_STRIKES);
    args[3] = number(cx, RATE_STRIKE_MS);
    args[4] = number(cx, RATE_BAN_MS);
    return (struct call){ &take_or_ban, keys, all, args, 5 };
}

/* Checks that come at the same time share a round trip; each is still counted by itself. */
static void take_all(struct ctx *cx, void *const *items, size_t n)
{
    struct call *calls = NEWS(cx, struct call, n);
    struct reply_value *got = NEWS(cx, struct reply_value, n);

    for (size_t i = 0; i < n; i++)
        calls[i] = call_of(cx, ((const struct hit *)items[i])->ask);
    bool counted = redis_run_all(cx, calls, n, got) == OK;
    for (size_t i = 0; i < n; i++) {
        struct hit *h = items[i];
        if (!counted || got[i].kind != REPLY_LIST || got[i].n < 3) {
            take_local(h);
            continue;
        }
        h->hits = got[i].at[0].number, h->left_ms = got[i].at[1].number, h->banned = got[i].at[2].number;
        if (h->ask->asker && got[i].n == 4)
            h->standing = ended_read(h->ask->asker, got[i].at[3].at, got[i].at[3].n);
    }
}

GROUP(takes, take_all);

void rate_take(struct ctx *cx, const struct rate_ask *ask, struct rate_answer *out)
{
    struct hit h = { .ask = ask, .standing = ask->asker ? NOT_TOLD : STANDING };

    group_join(cx, &takes, &h);
    bool allowed = h.hits <= ask->limit && !h.banned;
    *out = (struct rate_answer){ allowed, h.banned, allowed ? ask->limit - h.hits : 0, (h.left_ms + 999) / 1000, h.standing };
    if (!allowed)
        metric_add(&refused, NULL, 1);
}
