#define _GNU_SOURCE
#include "net/dial.h"
#include "base/clock.h"
#include "base/thread.h"
#include "net/http.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLICE_MS 100            /* how late a stop is noticed */

static const struct addrinfo stream = { .ai_socktype = SOCK_STREAM };

static err_t go_on(struct ctx *cx, const struct dial *d, int64_t until_ms)
{
    TRY(clock_check(cx));
    if (clock_ms() >= until_ms)
        return fail(cx, TIMEOUT, "%s:%s did not answer in time", d->host, d->port);
    return OK;
}

static int64_t slice_ms(int64_t until_ms)
{
    int64_t left = until_ms - clock_ms();

    return left < 0 ? 0 : left < SLICE_MS ? left : SLICE_MS;
}

/* --- names: getaddrinfo waits as long as it likes, so it does that in a thread of its own --- */

struct lookup {
    pthread_mutex_t lock;       /* guards what follows */
    pthread_cond_t  changed;
    bool done, forgotten;       /* whoever comes second frees it */
    int  status;
    struct addrinfo *found;
    char port[8], host[];
};

static void lookup_free(struct lookup *l)
{
    if (l->found)
        freeaddrinfo(l->found);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static void *lookup_run(void *with)
{
    struct lookup *l = with;
    struct addrinfo *found = NULL;
    int status = getaddrinfo(l->host, l->port, &stream, &found);

    pthread_mutex_lock(&l->lock);
    l->found = found;
    l->status = status;
    l->done = true;
    bool forgotten = l->forgotten;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    if (forgotten)
        lookup_free(l);
    return NULL;
}

static struct lookup *lookup_new(const struct dial *d)
{
    struct lookup *l = calloc(1, sizeof(*l) + strlen(d->host) + 1);
    pthread_condattr_t monotonic;
    pthread_t thread;

    if (!l)
        abort();
    memcpy(l->host, d->host, strlen(d->host));
    memcpy(l->port, d->port, strnlen(d->port, sizeof(l->port) - 1));
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!thread_start(&thread, "lookup", lookup_run, l)) {
        lookup_free(l);
        return NULL;
    }
    pthread_detach(thread);
    return l;
}

static bool is_done(struct lookup *l, int64_t wait_ms)
{
    int64_t until_ms = clock_ms() + wait_ms;
    struct timespec t = { until_ms / 1000, until_ms % 1000 * 1000000 };

    pthread_mutex_lock(&l->lock);
    if (!l->done)
        pthread_cond_timedwait(&l->changed, &l->lock, &t);
    bool done = l->done;
    pthread_mutex_unlock(&l->lock);
    return done;
}

static err_t look_up(struct ctx *cx, struct dial *d, int64_t until_ms, struct addrinfo **found)
{
    struct addrinfo numeric = stream;

    numeric.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    if (!getaddrinfo(d->host, d->port, &numeric, found))
        return OK;
    if (!d->asked && !(d->asked = lookup_new(d)))
        return fail(cx, ENGINE_DOWN, "no thread can be made now");
    while (!is_done(d->asked, slice_ms(until_ms)))
        TRY(go_on(cx, d, until_ms));
    int status = d->asked->status;
    *found = d->asked->found;
    d->asked->found = NULL;
    lookup_free(d->asked);
    d->asked = NULL;
    return status ? fail(cx, ENGINE_DOWN, "%s: %s", d->host, gai_strerror(status)) : OK;
}

void dial_close(struct dial *d)
{
    if (!d->asked)
        return;
    pthread_mutex_lock(&d->asked->lock);
    bool done = d->asked->done;
    d->asked->forgotten = true;
    pthread_mutex_unlock(&d->asked->lock);
    if (done)
        lookup_free(d->asked);
    d->asked = NULL;
}

/* --- connections --- */

static err_t wait_connected(struct ctx *cx, const struct dial *d, int fd, int64_t until_ms)
{
    struct pollfd p = { fd, POLLOUT, 0 };
    int flaw = 0;
    socklen_t size = sizeof(flaw);

    while (poll(&p, 1, (int)slice_ms(until_ms)) <= 0)
        TRY(go_on(cx, d, until_ms));
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &flaw, &size) || flaw)
        return fail(cx, ENGINE_DOWN, "%s:%s: %s", d->host, d->port, strerrordesc_np(flaw));
    return OK;
}

static err_t gate(struct ctx *cx, const struct dial *d, const struct addrinfo *to)
{
    if (!d->guarded || egress_is_open(d->host, d->port) || egress_allows(to->ai_addr))
        return OK;
    return fail(cx, EGRESS_REFUSED, "%s: addresses of private networks may not be fetched", d->host);
}

static err_t try_address(struct ctx *cx, const struct dial *d, const struct addrinfo *to, int64_t until_ms, int *fd)
{
    TRY(gate(cx, d, to));
    *fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return fail(cx, ENGINE_DOWN, "no socket: %s", strerrordesc_np(errno));
    err_t e = OK;
    if (connect(*fd, to->ai_addr, to->ai_addrlen))
        e = errno == EINPROGRESS ? wait_connected(cx, d, *fd, until_ms)
                                 : fail(cx, ENGINE_DOWN, "%s:%s: %s", d->host, d->port, strerrordesc_np(errno));
    if (e)
        close(*fd);
    return e;
}

/* An idle peer that vanished is noticed after a minute. */
void dial_tune(int fd)
{
    static const struct { int level, name, value; } wanted[] = {
        { IPPROTO_TCP, TCP_NODELAY, 1 },
        { SOL_SOCKET, SO_KEEPALIVE, 1 },
        { IPPROTO_TCP, TCP_KEEPIDLE, 30 },
        { IPPROTO_TCP, TCP_KEEPINTVL, 10 },
        { IPPROTO_TCP, TCP_KEEPCNT, 3 },
    };

    for (size_t i = 0; i < COUNT(wanted); i++)
        setsockopt(fd, wanted[i].level, wanted[i].name, &wanted[i].value, sizeof(wanted[i].value));
}

err_t dial_tcp(struct ctx *cx, struct dial *d, int64_t wait_ms, int *fd)
{
    int64_t until_ms = clock_ms() + clock_left_ms(cx, wait_ms);
    struct addrinfo *found = NULL;

    TRY(look_up(cx, d, until_ms, &found));
    err_t e = fail(cx, ENGINE_DOWN, "%s has no address", d->host);
    for (const struct addrinfo *to = found; to && e; to = to->ai_next)
        e = try_address(cx, d, to, until_ms, fd);
    freeaddrinfo(found);
    if (!e)
        dial_tune(*fd);
    return e;
}

err_t dial_look(struct ctx *cx, struct dial *d, int64_t wait_ms)
{
    struct addrinfo *found = NULL;
    err_t e = OK;

    TRY(look_up(cx, d, clock_ms() + clock_left_ms(cx, wait_ms), &found));
    for (const struct addrinfo *to = found; to && !e; to = to->ai_next)
        e = gate(cx, d, to);
    freeaddrinfo(found);
    return e;
}
