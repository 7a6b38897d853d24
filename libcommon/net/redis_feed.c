/* A subscription: one connection, read by the thread in feed_run. The lock guards the list of wanted
 * channels; changes are sent by that thread, which an eventfd wakes. */
#define _GNU_SOURCE
#include "net/redis_link.h"
#include "base/clock.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHANNEL_BYTES 80
#define PING_MS       5000      /* an idle connection is asked, and given up after two silences */
#define BATCH_MOST    512       /* words of one SUBSCRIBE */

struct channel { char name[CHANNEL_BYTES]; bool drop, sent; };

struct feed {
    const char *url;
    void (*on)(void *with, const char *channel, struct bytes message);
    void *with;
    pthread_mutex_t lock;       /* guards channels, n, room */
    struct channel *channels;
    size_t n, room;
    int wake;
    bool up;
    struct redis_link *link;    /* feed_run's own */
    int64_t heard_ms, asked_ms;
};

static void feed_free(void *it)
{
    struct feed *f = it;

    if (f->link)
        redis_link_close(f->link);
    free(f->channels);
    close(f->wake);
    pthread_mutex_destroy(&f->lock);
}

struct feed *feed_open(struct arena *a, const char *url,
                       void (*on)(void *with, const char *channel, struct bytes message), void *with)
{
    struct feed *f = arena_get(a, sizeof(*f));

    f->url = url;
    f->on = on;
    f->with = with;
    f->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_mutex_init(&f->lock, NULL);
    return arena_own(a, f, feed_free);
}

static void wake(struct feed *f)
{
    uint64_t one = 1;

    if (write(f->wake, &one, sizeof(one)) < 0)
        return;                 /* full: it is awake already */
}

static void want(struct feed *f, const char *name, bool drop)
{
    pthread_mutex_lock(&f->lock);
    if (f->n == f->room) {
        f->room = f->room ? f->room * 2 : 64;
        f->channels = realloc(f->channels, f->room * sizeof(*f->channels));
        if (!f->channels)
            abort();
    }
    struct channel *c = &f->channels[f->n++];
    *c = (struct channel){ .drop = drop };
    strncpy(c->name, name, sizeof(c->name) - 1);
    pthread_mutex_unlock(&f->lock);
    wake(f);
}

void feed_add(struct feed *f, const char *channel)  { want(f, channel, false); }
void feed_drop(struct feed *f, const char *channel) { want(f, channel, true); }
bool feed_is_up(struct feed *f)                     { return __atomic_load_n(&f->up, __ATOMIC_RELAXED); }

/* Under the lock: a drop takes its channel out of the list; both leave. */
static void settle_drops(struct feed *f)
{
    for (size_t i = 0; i < f->n; i++) {
        if (!f->channels[i].drop)
            continue;
        for (size_t k = 0; k < i; k++)
            if (!f->channels[k].drop && *f->channels[k].name && !strcmp(f->channels[k].name, f->channels[i].name)) {
                *f->channels[k].name = '\0';
                break;
            }
        *f->channels[i].name = '\0';
    }
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if (*f->channels[i].name)
            f->channels[kept++] = f->channels[i];
    f->n = kept;
}

static void put_some(struct feed *f, bool drop)
{
    struct bytes words[BATCH_MOST + 1] = { drop ? W("UNSUBSCRIBE") : W("SUBSCRIBE") };
    size_t n = 1;

    for (size_t i = 0; i < f->n; i++) {
        struct channel *c = &f->channels[i];
        if (c->drop != drop || c->sent)
            continue;
        c->sent = true;
        words[n++] = W(c->name);
        if (n == COUNT(words)) {
            redis_link_put(f->link, words, n);
            n = 1;
        }
    }
    if (n > 1)
        redis_link_put(f->link, words, n);
}

static void send_changes(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    put_some(f, false);
    put_some(f, true);
    settle_drops(f);
    pthread_mutex_unlock(&f->lock);
    redis_link_send(f->link);
}

static void tell(struct feed *f, const struct reply_value *v)
{
    if (!strcmp(v[0].text.at, "message"))
        f->on(f->with, v[1].text.at, v[2].text);
    else if (!strcmp(v[0].text.at, "subscribe"))
        f->on(f->with, v[1].text.at, (struct bytes){ NULL, 0 });
}

static void take_messages(struct feed *f)
{
    struct ctx cx = { .arena = arena_new() };
    struct reply_value v;

    if (redis_link_receive(f->link))
        f->heard_ms = clock_ms();
    while (redis_link_next(&cx, f->link, &v)) {
        if (v.kind == REPLY_LIST && v.n == 3 && v.at[0].kind == REPLY_TEXT && v.at[1].kind == REPLY_TEXT)
            tell(f, v.at);
        if (arena_size(cx.arena) > 1 << 20) {
            arena_free(cx.arena);
            cx.arena = arena_new();
        }
    }
    arena_free(cx.arena);
}

static bool connect_again(struct feed *f, int64_t *pause_ms)
{
    struct ctx cx = { .arena = arena_new() };
    bool up = redis_link_open(&cx, f->url, 1000, &f->link) == OK;

    arena_free(cx.arena);
    if (!up) {
        f->link = NULL;
        *pause_ms = *pause_ms * 2 > 2000 ? 2000 : *pause_ms * 2;
        return false;
    }
    *pause_ms = 50;
    f->heard_ms = f->asked_ms = clock_ms();
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->n; i++)
        f->channels[i].sent = false;
    pthread_mutex_unlock(&f->lock);
    return true;
}

/* PING is answered on a subscribed connection as well: silence means the connection is dead. */
static void ask_alive(struct feed *f)
{
    int64_t now = clock_ms();

    if (now - f->heard_ms > 3 * PING_MS)
        f->link->broken = true;
    if (now - f->asked_ms < PING_MS)
        return;
    f->asked_ms = now;
    redis_link_put(f->link, (struct bytes[]){ W("PING") }, 1);
    redis_link_send(f->link);
}

static void drain_wake(int fd)
{
    uint64_t n;

    if (read(fd, &n, sizeof(n)) < 0)
        return;
}

void feed_run(struct feed *f, const bool *stop, void (*again)(void *with))
{
    int64_t pause_ms = 50;

    while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
        if (!f->link) {
            if (!connect_again(f, &pause_ms)) {
                clock_sleep_ms(pause_ms);
                continue;
            }
            send_changes(f);
            __atomic_store_n(&f->up, true, __ATOMIC_RELAXED);
            again(f->with);
        }
        struct pollfd p[2] = { { redis_link_fd(f->link), POLLIN, 0 }, { f->wake, POLLIN, 0 } };
        poll(p, 2, 500);
        if (p[1].revents) {
            drain_wake(f->wake);
            send_changes(f);
        }
        if (p[0].revents)
            take_messages(f);
        ask_alive(f);
        if (f->link->broken) {
            redis_link_close(f->link);
            f->link = NULL;
            __atomic_store_n(&f->up, false, __ATOMIC_RELAXED);
        }
    }
}
