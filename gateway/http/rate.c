#include "http/rate.h"
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
    unsigned hash = 2166136261u;
    int64_t now = clock_ms();

    for (const char *c = key; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
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

void rate_take(struct ctx *cx, const char *key, int64_t limit, struct rate_answer *out)
{
    struct bytes keys[] = { W(key) }, args[] = { W("60000") };
    struct reply_value got;
    int64_t hits, left_ms;

    if (redis_run(cx, &take, &got, keys, 1, args, 1) == OK && got.kind == REPLY_LIST && got.n == 2)
        hits = got.at[0].number, left_ms = got.at[1].number;
    else
        take_local(key, &hits, &left_ms);
    *out = (struct rate_answer){ hits <= limit, hits < limit ? limit - hits : 0, (left_ms + 999) / 1000 };
    if (!out->allowed)
        metric_add(&refused, NULL, 1);
}
