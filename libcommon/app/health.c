#define _GNU_SOURCE
#include "app/health.h"
#include "app/metrics.h"
#include "app/relay.h"
#include "base/clock.h"
#include "base/thread.h"
#include "net/blob.h"
#include "net/pg.h"
#include "net/redis.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REQUEST_MAX_BYTES 4096
#define CLIENT_MS         1000
#define FRESH_MS          1000

struct health {
    int listener;
    pthread_t thread;
    pthread_mutex_t lock;       /* guards the last look */
    int64_t looked_ms;
    struct neighbours seen;
};

/* --- readiness --- */

static void look(struct daemon *d, struct health *h)
{
    struct ctx cx = ctx_new(d);
    struct neighbours *n = &h->seen;

    cx.deadline_ms = clock_ms() + 1000;
    int64_t from_us = clock_us();
    n->pg = !(d->uses & USES_PG) || pg_is_up(&cx);
    n->pg_us = clock_us() - from_us;
    from_us = clock_us();
    n->redis = !(d->uses & USES_REDIS) || redis_is_up(&cx);
    n->redis_us = clock_us() - from_us;
    n->amqp = !(d->uses & USES_AMQP) || relay_is_up(d->relay);
    n->blobs = !(d->uses & USES_BLOBS) || blobs_is_up(&cx);
    h->looked_ms = clock_ms();
    ctx_free(&cx);
}

struct neighbours health_neighbours(struct daemon *d)
{
    struct health *h = d->health;

    pthread_mutex_lock(&h->lock);
    if (clock_ms() - h->looked_ms > FRESH_MS || !h->looked_ms)
        look(d, h);
    struct neighbours seen = h->seen;
    pthread_mutex_unlock(&h->lock);
    return seen;
}

bool neighbours_are_whole(const struct neighbours *n) { return n->pg && n->redis && n->amqp && n->blobs; }

static void put_check(struct text *to, bool used, const char *name, bool up, char *before)
{
    if (!used)
        return;
    text_fmt(to, "%c\"%s\":\"%s\"", *before, name, up ? "up" : "down");
    *before = ',';
}

int health_ready(struct daemon *d, struct text *to)
{
    struct neighbours n = health_neighbours(d);
    bool ready = __atomic_load_n(&d->ready, __ATOMIC_RELAXED), drain = __atomic_load_n(&d->draining, __ATOMIC_RELAXED);
    char before = '{';

    text_fmt(to, "{\"status\":\"%s\",\"service\":\"%s\",\"version\":\"%s\",\"checks\":",
             drain ? "draining" : !ready ? "starting" : neighbours_are_whole(&n) ? "ready" : "degraded", d->service, PALABRE_VERSION);
    put_check(to, d->uses & USES_PG, "postgres", n.pg, &before);
    put_check(to, d->uses & USES_REDIS, "redis", n.redis, &before);
    put_check(to, d->uses & USES_AMQP, "rabbitmq", n.amqp, &before);
    put_check(to, d->uses & USES_BLOBS, "blobs", n.blobs, &before);
    text_put(to, before == '{' ? "{}" : "}");
    if (d->lacks) {
        text_put(to, ",\"lacks\":");
        text_json(to, d->lacks, strlen(d->lacks));
    }
    text_put(to, "}\n");
    return ready && !drain ? 200 : 503;
}

/* --- the port --- */

static void answer(int fd, int status, const char *type, const struct text *body)
{
    struct arena *a = arena_new();
    struct text all = text_new(a, body->n + 256, 8u << 20);

    text_fmt(&all, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
             status, status == 200 ? "OK" : status == 404 ? "Not Found" : status == 503 ? "Service Unavailable" : "Bad Request", type, body->n);
    text_add(&all, body->at, body->n);
    for (size_t sent = 0; sent < all.n;) {
        ssize_t n = send(fd, all.at + sent, all.n - sent, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    arena_free(a);
}

static bool read_head(int fd, char *to, size_t room)
{
    int64_t until = clock_ms() + CLIENT_MS;

    for (size_t n = 0; n < room - 1 && clock_ms() < until;) {
        ssize_t got = recv(fd, to + n, room - 1 - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        to[n] = '\0';
        if (strstr(to, "\r\n\r\n"))
            return true;
    }
    return false;
}

static void serve(struct daemon *d, int fd)
{
    struct timeval wait = { CLIENT_MS / 1000, CLIENT_MS % 1000 * 1000 };
    char head[REQUEST_MAX_BYTES];
    struct arena *a = arena_new();
    struct text body = text_new(a, 256, 4u << 20);
    const char *type = "application/json";
    int status = 200;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    if (read_head(fd, head, sizeof(head))) {
        if (text_starts(head, "GET /metrics "))
            type = "text/plain; version=0.0.4; charset=utf-8", metrics_write(&body);
        else if (text_starts(head, "GET /health/live "))
            text_put(&body, "{\"status\":\"alive\"}\n");
        else if (text_starts(head, "GET /health/ready ") || text_starts(head, "GET /health "))
            status = health_ready(d, &body);
        else
            status = 404, text_put(&body, "{\"paths\":[\"/health/live\",\"/health/ready\",\"/metrics\"]}\n");
        answer(fd, status, type, &body);
    }
    arena_free(a);
}

static void *run(void *with)
{
    struct daemon *d = with;

    while (!__atomic_load_n(&d->stop, __ATOMIC_RELAXED)) {
        struct pollfd p = { d->health->listener, POLLIN, 0 };
        if (poll(&p, 1, 200) <= 0)
            continue;
        int fd = accept4(d->health->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        serve(d, fd);
        close(fd);
    }
    return NULL;
}

static err_t listen_on(struct ctx *cx, struct settings *s, int *out)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)s->health_port) };
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    if (inet_pton(AF_INET, s->health_host, &at.sin_addr) != 1) {
        close(fd);
        return fail(cx, CONFIG_INVALID, "HEALTH_HOST is not an IPv4 address");
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 64)) {
        int why = errno;
        close(fd);
        return fail(cx, CONFIG_INVALID, "cannot listen on %s:%d: %s; set HEALTH_PORT to a free port or to 0", s->health_host,
                    s->health_port, strerror(why));
    }
    getsockname(fd, (struct sockaddr *)&at, &len);
    s->health_port = ntohs(at.sin_port);
    *out = fd;
    return OK;
}

err_t health_open(struct ctx *cx, struct daemon *d)
{
    struct health *h = arena_get(d->home, sizeof(*h));

    TRY(listen_on(cx, &d->settings, &h->listener));
    pthread_mutex_init(&h->lock, NULL);
    d->health = h;
    return thread_start(&h->thread, "health", run, d) ? OK : fail(cx, BUG, "no thread");
}

void health_close(struct daemon *d)
{
    pthread_join(d->health->thread, NULL);
    close(d->health->listener);
}
