#include "http/rate.h"
#include "app/group.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "net/redis.h"

#include <pthread.h>
#include <string.h>

#define WINDOW_MS  60000
#define TABLE_SIZE 4096

METRIC(local, COUNTER, "palabre_rate_local_total", "Requests counted without Redis.", NULL);
METRIC(refused, COUNTER, "palabre_rate_refused_total", "Requests above their limit.", NULL);

/* KEYS: the counter. ARGV: window in ms. Gives hits so far and the ms left. */
static struct script take = { .name = "rate_take", .text =
    "local n = redis.call('INCR', KEYS[1]) "
    "if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) return {n, tonumber(ARGV[1])} end "
    "local left = redis.call('PTTL', KEYS[1]) "
    "if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) left = tonumber(ARGV[1]) end "
    "return {n, left}" };

/* The stand-in: keys share slots by hash, so it may count too much, never too little. */
static struct { uint32_t hits; int64_t until_ms; } table[TABLE_SIZE];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    /* guards the table */

static void take_local(const char *key, int64_t *hits, int64_t *left_ms)
{
    unsigned hash = text_hash(key);
    int64_t now = clock_ms();

    pthread_mutex_lock(&lock);
    if (table[hash % TABLE_SIZE].until_ms <= now) {
        table[hash % TABLE_SIZE].hits = 0;
        table[hash % TABLE_SIZE].until_ms = now + WINDOW_MS;
    }
    *hits = ++table[hash % TABLE_SIZE].hits;
    *left_ms = table[hash % TABLE_SIZE].until_ms - now;
    pthread_mutex_unlock(&lock);
    metric_add(&local, NULL, 1);
}

struct hit { const char *key; int64_t hits, left_ms; };

/* Checks that come at the same time share a round trip; each is still counted by itself. */
static void take_all(struct ctx *cx, void *const *items, size_t n)
{
    struct call *calls = NEWS(cx, struct call, n);
    struct reply_value *got = NEWS(cx, struct reply_value, n);
    struct bytes *keys = NEWS(cx, struct bytes, n), args[] = { W("60000") };

    for (size_t i = 0; i < n; i++) {
        keys[i] = W(((const struct hit *)items[i])->key);
        calls[i] = (struct call){ &take, &keys[i], 1, args, 1 };
    }
    bool counted = redis_run_all(cx, calls, n, got) == OK;
    for (size_t i = 0; i < n; i++) {
        struct hit *h = items[i];
        if (counted && got[i].kind == REPLY_LIST && got[i].n == 2)
            h->hits = got[i].at[0].number, h->left_ms = got[i].at[1].number;
        else
            take_local(h->key, &h->hits, &h->left_ms);
    }
}

GROUP(takes, take_all);

void rate_take(struct ctx *cx, const char *key, int64_t limit, struct rate_answer *out)
{
    struct hit h = { .key = key };

    group_join(cx, &takes, &h);
    *out = (struct rate_answer){ h.hits <= limit, h.hits < limit ? limit - h.hits : 0, (h.left_ms + 999) / 1000 };
    if (!out->allowed)
        metric_add(&refused, NULL, 1);
}
