#define _GNU_SOURCE
#include "net/amqp_held.h"

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
    h->n = 0;
    h->dirty = false;
    pthread_mutex_unlock(&h->lock);
}

bool amqp_held_add(struct amqp_held *h, uint64_t tag)
{
    pthread_mutex_lock(&h->lock);
    bool room = h->n < h->most;
    if (room)
        h->at[h->n++] = (struct settled){ .tag = tag };
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

bool amqp_held_settle(struct amqp_held *h, uint64_t tag, enum verdict verdict)
{
    bool wake = false;

    pthread_mutex_lock(&h->lock);
    struct settled *one = find(h, tag);
    if (one && one->verdict == HELD) {
        one->verdict = verdict;
        h->dirty = true;
        wake = h->asleep;
        h->asleep = false;
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
    h->dirty = false;
    if (so_far)
        out[n++] = (struct settled){ so_far, ACKED_SO_FAR };
    return n;
}

size_t amqp_held_collect(struct amqp_held *h, struct settled *out)
{
    pthread_mutex_lock(&h->lock);
    size_t n = h->dirty ? collect(h, out) : 0;
    pthread_mutex_unlock(&h->lock);
    return n;
}

bool amqp_held_sleep(struct amqp_held *h)
{
    pthread_mutex_lock(&h->lock);
    bool may = !h->dirty;
    h->asleep = may;
    pthread_mutex_unlock(&h->lock);
    return may;
}

void amqp_held_wake(struct amqp_held *h)
{
    pthread_mutex_lock(&h->lock);
    h->asleep = false;
    pthread_mutex_unlock(&h->lock);
}
