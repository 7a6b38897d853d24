#define _GNU_SOURCE
#include "app/events.h"
#include "base/clock.h"
#include "base/thread.h"
#include "data/crypto.h"
#include "net/redis.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MOST     65536        /* events waiting; then the oldest go */
#define QUEUE_BYTES    (64u << 20)
#define ROUND_MOST     8192         /* events taken at once */
#define BATCH_EVENTS   512          /* of one stream entry */
#define BATCH_BYTES    (256u << 10)
#define CALLS_MOST     256          /* script calls of one round trip */
#define SLOTS          512          /* of the table of a round's topics: twice as many as calls, a power of two */
#define RETRY_MS       200

/* KEYS: the stream, its counter. ARGV: how many events, their lines, the batch's own id, about how many entries to
 * keep, seconds to live, '1' when the batch may have been written before. Gives the number of the last event. */
static struct script append = { .name = "events_append", .text =
    "if ARGV[6] == '1' then "
    "  local e = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 8) "
    "  for i = 1, #e do if e[i][2][4] == ARGV[3] then return tonumber(string.match(e[i][1], '^%d+')) end end "
    "end "
    "local n = tonumber(ARGV[1]) "
    "local last = redis.call('INCRBY', KEYS[2], n) "
    "redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], last .. '-0', 'n', n, 'w', ARGV[3], 'e', ARGV[2]) "
    "if last % 256 < n or last == n then "
    "  redis.call('EXPIRE', KEYS[1], ARGV[5]) redis.call('EXPIRE', KEYS[2], ARGV[5]) end "
    "redis.call('PUBLISH', KEYS[1], last .. ' ' .. n .. '\\n' .. ARGV[2]) "
    "return last" };

struct waiting { struct waiting *next; char topic[64]; size_t n; char line[]; };

struct events {
    struct redis *redis;
    pthread_t thread;
    pthread_mutex_t lock;           /* guards what follows */
    pthread_cond_t  filled, sent;
    struct waiting *first, **last;
    int64_t count, bytes, put, done;    /* waiting now; put and sent (or dropped) in all */
    bool stop;
    char writer[17];                /* names this process in batch ids */
    int64_t batches;                /* the thread's own */
};

/* --- queueing --- */

static void drop_oldest(struct events *e)
{
    while (e->first && (e->count > QUEUE_MOST || e->bytes > QUEUE_BYTES)) {
        struct waiting *w = e->first;
        e->first = w->next;
        if (!e->first)
            e->last = &e->first;
        e->count--, e->bytes -= (int64_t)w->n, e->done++;
        free(w);
    }
}

void event_put(struct events *e, const char *topic, const char *type, const char *json)
{
    size_t type_n = strlen(type), json_n = strlen(json), n = type_n + json_n + 2;

    if (!e || n > EVENT_MAX_BYTES || strlen(topic) >= sizeof(e->first->topic))
        return;
    struct waiting *w = malloc(sizeof(*w) + n);
    if (!w)
        abort();
    w->next = NULL;
    w->n = n;
    memcpy(w->topic, topic, strlen(topic) + 1);
    memcpy(w->line, type, type_n);
    w->line[type_n] = ' ';
    memcpy(w->line + type_n + 1, json, json_n);
    w->line[n - 1] = '\n';
    for (size_t i = type_n + 1; i < n - 1; i++)     /* a line is an event: JSON needs no newlines */
        if (w->line[i] == '\n' || w->line[i] == '\r')
            w->line[i] = ' ';

    pthread_mutex_lock(&e->lock);
    *e->last = w;
    e->last = &w->next;
    e->count++, e->bytes += (int64_t)n, e->put++;
    drop_oldest(e);
    if (e->count == 1)
        pthread_cond_signal(&e->filled);
    pthread_mutex_unlock(&e->lock);
}

void events_flush(struct events *e, int64_t left, int64_t ms)
{
    int64_t until = clock_ms() + ms;
    struct timespec t = { until / 1000, until % 1000 * 1000000 };

    if (!e)
        return;
    pthread_mutex_lock(&e->lock);
    for (int64_t want = e->put - left; e->done < want;)
        if (pthread_cond_timedwait(&e->sent, &e->lock, &t))
            break;
    pthread_mutex_unlock(&e->lock);
}

/* --- sending --- */

struct batch { const char *topic; struct text lines; int n; struct bytes keys[2], args[6]; };

struct round { struct ctx cx; struct batch *batches, *slots[SLOTS]; size_t n; int64_t events; };

/* Where the newest batch of a topic is, or belongs. Asked for every event while the queue is locked, so no list is searched. */
static struct batch **slot_of(struct round *r, const char *topic)
{
    unsigned i = text_hash(topic) % SLOTS;

    while (r->slots[i] && strcmp(r->slots[i]->topic, topic))
        i = (i + 1) % SLOTS;
    return &r->slots[i];
}

static struct batch *batch_for(struct events *e, struct round *r, const struct waiting *w)
{
    struct batch **slot = slot_of(r, w->topic), *b = *slot;

    if (b && b->n < BATCH_EVENTS && b->lines.n + w->n <= BATCH_BYTES)
        return b;
    if (r->n == CALLS_MOST)
        return NULL;
    *slot = b = &r->batches[r->n++];
    struct arena *a = r->cx.arena;
    *b = (struct batch){ .topic = arena_fmt(a, "%s", w->topic), .lines = text_new(a, w->n * 2, BATCH_BYTES) };
    b->args[2] = W(arena_fmt(a, "%s-%lld", e->writer, (long long)++e->batches));
    return b;
}

/* What waits, in batches per topic; it leaves the queue. */
static void gather(struct events *e, struct round *r)
{
    struct waiting *w;

    r->batches = NEWS(&r->cx, struct batch, CALLS_MOST);
    pthread_mutex_lock(&e->lock);
    while (r->events < ROUND_MOST && (w = e->first)) {
        struct batch *b = batch_for(e, r, w);
        if (!b)
            break;
        text_add(&b->lines, w->line, w->n);
        b->n++, r->events++;
        e->first = w->next;
        if (!e->first)
            e->last = &e->first;
        e->count--, e->bytes -= (int64_t)w->n;
        free(w);
    }
    pthread_mutex_unlock(&e->lock);
}

static void word(struct bytes *to, struct ctx *cx, long n) { *to = W(arena_fmt(cx->arena, "%ld", n)); }

static bool send_round(struct events *e, struct round *r, bool again)
{
    struct ctx *cx = &r->cx;
    struct call *calls = NEWS(cx, struct call, r->n);
    struct reply_value *out = NEWS(cx, struct reply_value, r->n);

    (void)e;
    for (size_t i = 0; i < r->n; i++) {
        struct batch *b = &r->batches[i];
        b->keys[0] = W(arena_fmt(cx->arena, "ev:%s", b->topic));
        b->keys[1] = W(arena_fmt(cx->arena, "ev:%s:n", b->topic));
        word(&b->args[0], cx, b->n);
        b->args[1] = (struct bytes){ b->lines.at, b->lines.n };
        word(&b->args[3], cx, EVENTS_KEPT);
        word(&b->args[4], cx, EVENTS_TTL_S);
        b->args[5] = again ? W("1") : W("0");
        calls[i] = (struct call){ &append, b->keys, 2, b->args, 6 };
    }
    return redis_run_all(cx, calls, r->n, out) == OK;
}

/* Until it is written, or until the queue behind it is full: then it is dropped like any oldest. */
static void send_surely(struct events *e, struct round *r)
{
    int64_t count = 0;
    bool stop = false;

    for (bool again = false; !send_round(e, r, again) && count < QUEUE_MOST && !stop; again = true) {
        clock_sleep_ms(RETRY_MS);
        pthread_mutex_lock(&e->lock);
        count = e->count + r->events, stop = e->stop;
        pthread_mutex_unlock(&e->lock);
    }
}

static void *writer(void *with)
{
    struct events *e = with;

    for (;;) {
        pthread_mutex_lock(&e->lock);
        while (!e->first && !e->stop)
            pthread_cond_wait(&e->filled, &e->lock);
        bool over = !e->first;
        pthread_mutex_unlock(&e->lock);
        if (over)
            return NULL;

        struct round r = { .cx = { .arena = arena_new(), .redis = e->redis } };
        gather(e, &r);
        send_surely(e, &r);
        pthread_mutex_lock(&e->lock);
        e->done += r.events;
        pthread_cond_broadcast(&e->sent);
        pthread_mutex_unlock(&e->lock);
        arena_free(r.cx.arena);
    }
}

struct events *events_open(struct arena *a, struct redis *redis)
{
    struct events *e = arena_get(a, sizeof(*e));
    pthread_condattr_t attr;
    uint8_t dice[8];

    e->redis = redis;
    e->last = &e->first;
    crypto_random(dice, sizeof(dice));
    text_hex(dice, sizeof(dice), e->writer);
    pthread_mutex_init(&e->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&e->filled, NULL);
    pthread_cond_init(&e->sent, &attr);
    pthread_condattr_destroy(&attr);
    if (!thread_start(&e->thread, "events", writer, e))
        abort();
    return e;
}

void events_close(struct events *e)
{
    if (!e)
        return;
    events_flush(e, 0, 2000);
    pthread_mutex_lock(&e->lock);
    e->stop = true;
    pthread_cond_signal(&e->filled);
    pthread_mutex_unlock(&e->lock);
    pthread_join(e->thread, NULL);
    for (struct waiting *w = e->first, *next; w; w = next) {
        next = w->next;
        free(w);
    }
}

/* --- reading --- */

bool event_next(struct bytes *batch, struct event *out)
{
    const char *end = batch->n ? memchr(batch->at, '\n', batch->n) : NULL;
    const char *space = end ? memchr(batch->at, ' ', (size_t)(end - batch->at)) : NULL;

    if (!space)
        return false;
    out->number++;
    out->type = (struct bytes){ batch->at, (size_t)(space - batch->at) };
    out->data = (struct bytes){ space + 1, (size_t)(end - space - 1) };
    batch->n -= (size_t)(end + 1 - batch->at);
    batch->at = end + 1;
    return true;
}

/* An entry: [ "<last>-0", [ "n", count, "w", batch, "e", lines ] ]. */
static bool batch_of(const struct reply_value *entry, struct event_batch *out)
{
    if (entry->kind != REPLY_LIST || entry->n != 2 || entry->at[1].kind != REPLY_LIST || entry->at[1].n != 6)
        return false;
    out->last = strtoll(entry->at[0].text.at, NULL, 10);
    out->count = (int)strtol(entry->at[1].at[1].text.at, NULL, 10);
    out->lines = entry->at[1].at[5].text;
    return true;
}

err_t events_read(struct ctx *cx, const char *topic, int64_t after, int most, struct event_batch **out, size_t *n)
{
    struct reply_value all;
    struct bytes words[] = { W("XRANGE"), W(arena_fmt(cx->arena, "ev:%s", topic)), W(arena_fmt(cx->arena, "(%lld-0", (long long)after)),
                             W("+"), W("COUNT"), W(arena_fmt(cx->arena, "%d", most)) };

    *n = 0;
    TRY(redis_do(cx, &all, words, COUNT(words)));
    *out = NEWS(cx, struct event_batch, all.n);
    for (size_t i = 0; i < all.n; i++)
        *n += batch_of(&all.at[i], &(*out)[*n]);
    return OK;
}
