/* The seats of a process, and who sits where: as many transfers at once, with the connections they kept. */
#define _GNU_SOURCE
#include "net/http_seat.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS  4L             /* kept alive per seat */

struct http {
    pthread_mutex_t lock;           /* guards what follows */
    pthread_cond_t  freed;
    struct seat *idle;              /* latest used first */
    int open, most;
};

static void *must(void *got)
{
    if (!got)
        abort();
    return got;
}

static void start_library(void) { curl_global_init(CURL_GLOBAL_ALL); }

static void seat_open(struct seat *s, bool guarded)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;     /* at the first use: a daemon that never calls out stays small */

    pthread_once(&once, start_library);
    s->multi = must(curl_multi_init());
    curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS);
    s->easy = must(curl_easy_init());
    s->guarded = guarded;
}

static void seat_close(struct seat *s)
{
    curl_easy_cleanup(s->easy);
    curl_multi_cleanup(s->multi);
}

static void http_close(void *with)
{
    struct http *h = with;

    for (struct seat *s = h->idle, *next; s; s = next) {
        next = s->next;
        seat_close(s);
        free(s);
    }
    pthread_mutex_destroy(&h->lock);
    pthread_cond_destroy(&h->freed);
}

struct http *http_open(struct arena *a, int most)
{
    struct http *h = arena_get(a, sizeof(*h));
    pthread_condattr_t attr;

    h->most = most > 0 ? most : 1;
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->freed, &attr);
    pthread_condattr_destroy(&attr);
    return arena_own(a, h, http_close);
}

/* An idle seat that has been there already; else a new one; else one that went elsewhere. NULL: all are taken. */
static struct seat *seat_find(struct http *h, const char *origin, bool guarded)
{
    struct seat **at = &h->idle, **last = NULL;

    for (; *at; last = at, at = &(*at)->next)
        if ((*at)->guarded == guarded && !strcmp((*at)->origin, origin))
            break;
    if (!*at && h->open < h->most) {
        struct seat *s = must(calloc(1, sizeof(*s)));
        h->open++;
        seat_open(s, guarded);
        return s;
    }
    if (!*at)
        at = last;
    if (!at)
        return NULL;
    struct seat *s = *at;
    *at = s->next;
    if (s->guarded != guarded) {
        seat_close(s);
        seat_open(s, guarded);
    }
    return s;
}

static void wait_freed(struct http *h)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += SEAT_LOOK_MS * 1000000L;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&h->freed, &h->lock, &t);
}

err_t seat_take(struct ctx *cx, struct http *h, const char *origin, bool guarded, struct seat **out)
{
    err_t e = clock_check(cx);

    pthread_mutex_lock(&h->lock);
    while (!e && !(*out = seat_find(h, origin, guarded))) {
        wait_freed(h);
        e = clock_check(cx);
    }
    pthread_mutex_unlock(&h->lock);
    if (!e)
        snprintf((*out)->origin, sizeof((*out)->origin), "%s", origin);
    return e;
}

void seat_give(struct http *h, struct seat *s)
{
    pthread_mutex_lock(&h->lock);
    s->next = h->idle;
    h->idle = s;
    pthread_cond_signal(&h->freed);
    pthread_mutex_unlock(&h->lock);
}
