#define _GNU_SOURCE
#include "app/events_hub.h"
#include "base/clock.h"
#include "base/thread.h"
#include "net/redis.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MOST  256         /* batches waiting for one listener; beyond, it reads the stream */
#define TABLE_SIZE  1024        /* topics, chained */
#define READ_MOST   64          /* stream entries per read */

/* One published batch, shared by the listeners of its topic. */
struct shared { int refs; int64_t last; int count; size_t n; char lines[]; };

struct listener {
    struct listener *next;      /* of its topic */
    struct hub *hub;
    struct topic *topic;
    bool live;                  /* its own thread's */
    hub_give *give;
    void *with;
    pthread_mutex_t lock;       /* guards what follows; while its thread does not wait, `last` is the thread's alone */
    pthread_cond_t  filled;
    int64_t last;               /* number of the last event given */
    bool waits, woken;          /* its thread is in hub_next; it is wanted there for nothing from here */
    struct shared *queue[QUEUE_MOST];
    unsigned head, count;
    bool behind;                /* the stream must be read: at first, after an overflow, after a reconnect */
};

struct topic { struct topic *next; char name[72]; struct listener *listeners; };

struct hub {
    struct feed *feed;
    pthread_t thread;
    bool stop;
    pthread_mutex_t lock;       /* guards the table and the lists of listeners */
    struct topic *table[TABLE_SIZE];
};

static void unref(struct shared *s)
{
    if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0)
        free(s);
}

static struct topic **slot_of(struct hub *h, const char *name)
{
    struct topic **t = &h->table[text_hash(name) % TABLE_SIZE];

    while (*t && strcmp((*t)->name, name))
        t = &(*t)->next;
    return t;
}

/* --- from the feed --- */

/* Under the lock: by the shorter way, if the listener has it and its thread waits for just this. */
static bool was_given(struct listener *l, const struct shared *s)
{
    if (!l->give || !l->waits || l->woken || s->last - s->count != l->last)
        return false;
    if (!l->give(l->with, &(struct event_batch){ s->last, s->count, { s->lines, s->n } }, &l->woken))
        return false;
    l->last = s->last;
    return true;
}

/* Its thread is woken after the lock is free, or it would wake only to wait for it. */
static void tell(struct listener *l, struct shared *s)
{
    pthread_mutex_lock(&l->lock);
    bool idle = !l->count && !l->behind;
    if (idle && s && was_given(l, s)) {
        idle = l->woken;
    } else if (!s || l->count == QUEUE_MOST) {
        l->behind = true;
    } else {
        __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
        l->queue[(l->head + l->count++) % QUEUE_MOST] = s;
    }
    pthread_mutex_unlock(&l->lock);
    if (idle)
        pthread_cond_signal(&l->filled);
}

/* "<last> <count>\n<lines>" */
static struct shared *shared_new(struct bytes message)
{
    const char *start = memchr(message.at, '\n', message.n);
    char *end;

    if (!start)
        return NULL;
    size_t n = message.n - (size_t)(start + 1 - message.at);
    struct shared *s = malloc(sizeof(*s) + n);
    if (!s)
        abort();
    *s = (struct shared){ .refs = 1, .n = n, .last = strtoll(message.at, &end, 10) };
    s->count = (int)strtol(end, NULL, 10);
    memcpy(s->lines, start + 1, n);
    return s;
}

/* A message; or none: the subscription stands, and what came before it must be read. */
static void on_message(void *with, const char *channel, struct bytes message)
{
    struct hub *h = with;
    struct shared *s = message.at ? shared_new(message) : NULL;

    pthread_mutex_lock(&h->lock);
    struct topic *t = *slot_of(h, channel);
    for (struct listener *l = t ? t->listeners : NULL; l; l = l->next)
        tell(l, s);
    pthread_mutex_unlock(&h->lock);
    if (s)
        unref(s);
}

static void on_again(void *with) { (void)with; }    /* every channel's confirmation comes anew */

static void *run(void *with)
{
    struct hub *h = with;

    feed_run(h->feed, &h->stop, on_again);
    return NULL;
}

struct hub *hub_open(struct arena *a, const char *redis_url)
{
    struct hub *h = arena_get(a, sizeof(*h));

    pthread_mutex_init(&h->lock, NULL);
    h->feed = feed_open(a, redis_url, on_message, h);
    if (!thread_start(&h->thread, "hub", run, h))
        abort();
    return h;
}

void hub_close(struct hub *h)
{
    __atomic_store_n(&h->stop, true, __ATOMIC_RELAXED);
    pthread_join(h->thread, NULL);
}

/* --- listening --- */

struct listener *hub_listen(struct hub *h, const char *topic, int64_t after)
{
    struct listener *l = calloc(1, sizeof(*l));
    char name[72] = "ev:";
    pthread_condattr_t attr;

    if (!l)
        abort();
    strncat(name, topic, sizeof(name) - strlen(name) - 1);
    l->hub = h;
    l->last = after;
    l->behind = true;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&l->filled, &attr);
    pthread_condattr_destroy(&attr);

    pthread_mutex_lock(&h->lock);
    struct topic **slot = slot_of(h, name);
    bool first = !*slot;
    if (first) {
        *slot = calloc(1, sizeof(**slot));
        if (!*slot)
            abort();
        memcpy((*slot)->name, name, sizeof(name));
    }
    l->topic = *slot;
    l->next = l->topic->listeners;
    l->topic->listeners = l;
    if (first)
        feed_add(h->feed, name);
    pthread_mutex_unlock(&h->lock);
    return l;
}

static void leave_topic(struct hub *h, struct listener *l)
{
    struct listener **at = &l->topic->listeners;

    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    if (l->topic->listeners)
        return;
    struct topic **slot = slot_of(h, l->topic->name), *gone = *slot;
    *slot = gone->next;
    feed_drop(h->feed, gone->name);
    free(gone);
}

void hub_leave(struct listener *l)
{
    struct hub *h = l->hub;

    pthread_mutex_lock(&h->lock);
    leave_topic(h, l);
    pthread_mutex_unlock(&h->lock);
    while (l->count--)
        unref(l->queue[l->head++ % QUEUE_MOST]);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->filled);
    free(l);
}

void hub_give_to(struct listener *l, hub_give *give, void *with)
{
    pthread_mutex_lock(&l->lock);
    l->give = give;
    l->with = with;
    pthread_mutex_unlock(&l->lock);
}

int64_t hub_last(const struct listener *l) { return l->last; }
bool hub_is_live(const struct listener *l) { return l->live; }

/* Cut what was given already from the start of a batch; false: nothing is left of it. */
static bool trim(struct event_batch *b, int64_t last)
{
    struct event e;

    if (b->last <= last)
        return false;
    while (b->last - b->count < last && b->count) {
        event_next(&b->lines, &e);
        b->count--;
    }
    return b->count > 0;
}

static err_t read_stream(struct ctx *cx, struct listener *l, struct event_batch **out, size_t *n)
{
    struct event_batch *all;
    size_t have, kept = 0;

    TRY(events_read(cx, l->topic->name + 3, l->last, READ_MOST, &all, &have));
    for (size_t i = 0; i < have; i++)
        if (trim(&all[i], l->last)) {
            l->last = all[i].last;
            all[kept++] = all[i];
        }
    *out = all;
    *n = kept;
    if (have == READ_MOST) {        /* there may be more */
        pthread_mutex_lock(&l->lock);
        l->behind = true;
        pthread_mutex_unlock(&l->lock);
    }
    return OK;
}

/* Under the lock: wait for something; the queue moves to `taken`. */
static unsigned take(struct listener *l, int64_t wait_ms, struct shared **taken, bool *behind)
{
    int64_t until = clock_ms() + wait_ms;
    struct timespec t = { until / 1000, until % 1000 * 1000000 };
    unsigned n = 0;

    pthread_mutex_lock(&l->lock);
    l->waits = true;
    while (!l->count && !l->behind && !l->woken)
        if (pthread_cond_timedwait(&l->filled, &l->lock, &t))
            break;
    l->waits = l->woken = false;
    *behind = l->behind;
    l->behind = false;
    for (; l->count; l->count--)
        taken[n++] = l->queue[l->head++ % QUEUE_MOST];
    pthread_mutex_unlock(&l->lock);
    return n;
}

/* What the queue gave, as long as it continues without a gap; false at the first gap. */
static bool take_over(struct ctx *cx, struct listener *l, struct shared *const *taken, unsigned n, struct event_batch **out, size_t *kept)
{
    *out = NEWS(cx, struct event_batch, n);
    *kept = 0;
    for (unsigned i = 0; i < n; i++) {
        const struct shared *s = taken[i];
        if (s->last - s->count > l->last)
            return false;
        struct event_batch b = { s->last, s->count, { arena_text(cx->arena, s->lines, s->n), s->n } };
        if (!trim(&b, l->last))
            continue;
        l->last = b.last;
        (*out)[(*kept)++] = b;
    }
    return true;
}

err_t hub_next(struct ctx *cx, struct listener *l, int64_t wait_ms, struct event_batch **out, size_t *n)
{
    struct shared *taken[QUEUE_MOST];
    bool behind;
    unsigned count = take(l, wait_ms, taken, &behind);
    bool whole = !behind && take_over(cx, l, taken, count, out, n);

    l->live = whole || (!behind && *n);
    while (count)
        unref(taken[--count]);
    if (l->live) {
        if (!whole)
            tell(l, NULL);          /* the rest comes from the stream, next time */
        return OK;
    }
    err_t e = read_stream(cx, l, out, n);
    if (e)
        tell(l, NULL);
    return e;
}
