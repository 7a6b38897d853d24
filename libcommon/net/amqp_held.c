#define _GNU_SOURCE
#include "net/amqp_held.h"
#include "base/clock.h"

#define LAZY_MS   20            /* how long an acknowledgement may wait for company; who dies meanwhile has its work offered again */
#define LAZY_MOST 32            /* so many do not wait any longer */

void amqp_held_open(struct amqp_held *h, struct arena *a, size_t most)
{
    *h = (struct amqp_held){ .most = most, .at = arena_gets(a, most, sizeof(*h->at)) };
    pthread_mutex_init(&h->lock, NULL);
}

void amqp_held_close(struct amqp_held *h)
{
    pthread_mutex_destroy(&h->lock);
}

void amqp_held_clear(struct amqp_held *h)
{
    pthread_mutex_lock(&h->lock);
    h->n = h->lazy_n = 0;
    h->dirty = false;
    pthread_mutex_unlock(&h->lock);
}

bool amqp_held_add(struct amqp_held *h, uint64_t tag, bool lazy)
{
    pthread_mutex_lock(&h->lock);
    bool room = h->n < h->most;
    if (room)
        h->at[h->n++] = (struct settled){ .tag = tag, .lazy = lazy };
    pthread_mutex_unlock(&h->lock);
    return room;
}

static struct settled *find(struct amqp_held *h, uint64_t tag)
{
    size_t low = 0, high = h->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (h->at[middle].tag < tag)
            low = middle + 1;
        else
            high = middle;
    }
    return low < h->n && h->at[low].tag == tag ? &h->at[low] : NULL;
}

/* Gives whether it is to be told at once. */
static bool is_urgent(struct amqp_held *h, const struct settled *one)
{
    if (!one->lazy || one->verdict != ACKED)
        return true;
    if (!h->lazy_n++)
        h->lazy_ms = clock_ms() + LAZY_MS;
    return h->lazy_n >= LAZY_MOST;
}

bool amqp_held_settle(struct amqp_held *h, uint64_t tag, enum verdict verdict)
{
    bool wake = false;

    pthread_mutex_lock(&h->lock);
    struct settled *one = find(h, tag);
    if (one && one->verdict == HELD) {
        one->verdict = verdict;
        bool urgent = is_urgent(h, one);
        h->dirty |= urgent;
        wake = h->rest == ASLEEP || (urgent && h->rest == DOZING);
        if (wake)
            h->rest = AWAKE;
    }
    pthread_mutex_unlock(&h->lock);
    return wake;
}

/* Returns and rejections one by one, acknowledgements above one still held likewise, and last the prefix of
 * which nothing is held any more, all by its last tag. */
static size_t collect(struct amqp_held *h, struct settled *out)
{
    size_t kept = 0, n = 0;
    uint64_t so_far = 0;

    for (size_t i = 0; i < h->n; i++) {
        struct settled one = h->at[i];
        if (one.verdict == HELD)
            h->at[kept++] = one;
        else if (one.verdict == ACKED && !kept)
            so_far = one.tag;
        else
            out[n++] = one;
    }
    h->n = kept;
    h->lazy_n = 0;
    h->dirty = false;
    if (so_far)
        out[n++] = (struct settled){ so_far, ACKED_SO_FAR, false };
    return n;
}

size_t amqp_held_collect(struct amqp_held *h, struct settled *out, bool all)
{
    pthread_mutex_lock(&h->lock);
    bool due = h->dirty || (h->lazy_n && (all || clock_ms() >= h->lazy_ms));
    size_t n = due ? collect(h, out) : 0;
    pthread_mutex_unlock(&h->lock);
    return n;
}

bool amqp_held_sleep(struct amqp_held *h, int64_t *ms)
{
    pthread_mutex_lock(&h->lock);
    int64_t left = h->lazy_n ? h->lazy_ms - clock_ms() : *ms;
    bool may = !h->dirty && left > 0;
    if (may)
        h->rest = h->lazy_n ? DOZING : ASLEEP;
    *ms = left < *ms ? left : *ms;
    pthread_mutex_unlock(&h->lock);
    return may;
}

void amqp_held_wake(struct amqp_held *h)
{
    pthread_mutex_lock(&h->lock);
    h->rest = AWAKE;
    pthread_mutex_unlock(&h->lock);
}
