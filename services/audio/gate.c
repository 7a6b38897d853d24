#define _GNU_SOURCE
#include "gate.h"
#include "config.h"
#include "gate_head.h"
#include "gate_way.h"
#include "base/clock.h"
#include "data/crypto.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VISITS_MOST  16
#define LOOK_MS      100            /* how late a stop is noticed */
#define HEAD_MS      10000
#define IDLE_MS      60000          /* above what the programs wait themselves */
#define PIECE_BYTES  32768
#define USER         "palabre"

struct visit { struct gate *gate; pthread_t thread; int fd; bool used, over; };     /* over: touched atomically */

struct gate {
    int listener;
    int64_t most_bytes, deadline_ms;
    char secret[33], url[96];
    const char *credentials;        /* base64 of user:secret */
    pthread_t thread;
    struct visit visits[VISITS_MOST];
    bool stop;                      /* these three are touched atomically */
    int64_t bytes;
    int visits_n;
    pthread_mutex_t lock;           /* guards what follows */
    char refused[512], down[512];   /* the first failures of each kind, for people */
};

const char *gate_url(const struct gate *g)    { return g->url; }
const char *gate_secret(const struct gate *g) { return g->secret; }
int gate_visits(const struct gate *g)         { return __atomic_load_n(&g->visits_n, __ATOMIC_RELAXED); }

static void note(struct gate *g, const err_t e)
{
    char *to = e->code == E_EGRESS_REFUSED ? g->refused : g->down;
    size_t n = text_utf8_cut(e->text, strnlen(e->text, sizeof(g->down) - 1));

    pthread_mutex_lock(&g->lock);
    if (!*to)
        memcpy(to, e->text, n);     /* the rest is zero already */
    pthread_mutex_unlock(&g->lock);
}

err_t gate_verdict(struct ctx *cx, struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    const char *refused = arena_fmt(cx->arena, "%s", g->refused), *down = arena_fmt(cx->arena, "%s", g->down);
    pthread_mutex_unlock(&g->lock);
    if (*refused)
        return fail(cx, EGRESS_REFUSED, "%s", refused);
    if (__atomic_load_n(&g->bytes, __ATOMIC_RELAXED) > g->most_bytes)
        return fail(cx, MEDIA_TOO_LARGE, "More than %lld bytes came", (long long)g->most_bytes);
    return *down ? fail(cx, SITE_DOWN, "%s", down) : OK;
}

/* --- a visit --- */

static bool is_going(struct ctx *cx, int64_t until_ms)
{
    return !clock_check(cx) && clock_ms() < until_ms;
}

/* Reads until the head is whole; what came behind it stays in the buffer. */
static size_t read_head(struct ctx *cx, int fd, char *to, size_t room, size_t *n)
{
    int64_t until_ms = clock_ms() + HEAD_MS;
    size_t head = 0;

    for (*n = 0; !head && *n < room && is_going(cx, until_ms);) {
        struct pollfd p = { fd, POLLIN, 0 };
        if (poll(&p, 1, LOOK_MS) <= 0)
            continue;
        ssize_t got = recv(fd, to + *n, room - *n, MSG_DONTWAIT);
        if (!got || (got < 0 && errno != EAGAIN))
            return 0;
        *n += got > 0 ? (size_t)got : 0;
        head = gate_head_ends(to, *n);
    }
    return head;
}

/* One direction of a connection: what was read and waits to be written. */
struct stream { int from, to; bool ended, closed; size_t at, n; int64_t *came; char bytes[PIECE_BYTES]; };

static bool stream_read(struct stream *s)
{
    ssize_t n = recv(s->from, s->bytes, sizeof(s->bytes), MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s->ended = !n;
    s->at = 0;
    s->n = (size_t)n;
    if (s->came)
        __atomic_add_fetch(s->came, n, __ATOMIC_RELAXED);
    return true;
}

static bool stream_write(struct stream *s)
{
    ssize_t n = send(s->to, s->bytes + s->at, s->n - s->at, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s->at += (size_t)n;
    return true;
}

/* False: the connection is broken. */
static bool stream_step(struct stream *s, bool readable, bool writable)
{
    bool waits = s->at < s->n;

    if (waits)
        return !writable || stream_write(s);
    if (!s->ended)
        return !readable || stream_read(s);
    if (!s->closed)
        shutdown(s->to, SHUT_WR);
    s->closed = true;
    return true;
}

/* A side that nothing is wanted of is not looked at: its end would wake us for ever. */
static struct pollfd side(int fd, const struct stream *reads, const struct stream *writes)
{
    short wanted = (short)((reads->at == reads->n && !reads->ended ? POLLIN : 0) | (writes->at < writes->n ? POLLOUT : 0));

    return (struct pollfd){ wanted ? fd : -1, wanted, 0 };
}

/* Until the site has said all, nothing moves, or more came than may. */
static void relay(struct ctx *cx, struct gate *g, struct stream *up, struct stream *down)
{
    int64_t moved_ms = clock_ms();
    bool fine = true;

    while (fine && !down->closed && is_going(cx, moved_ms + IDLE_MS)) {
        struct pollfd client = side(up->from, up, down), site = side(down->from, down, up), at[] = { client, site };
        if (poll(at, 2, LOOK_MS) > 0)
            moved_ms = clock_ms();
        fine = stream_step(up, at[0].revents, at[1].revents) && stream_step(down, at[1].revents, at[0].revents) &&
               __atomic_load_n(&g->bytes, __ATOMIC_RELAXED) <= g->most_bytes;
    }
}

/* A socket just opened has room for it, or its owner has gone. */
static void say(int fd, const char *line)
{
    ssize_t n = send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);

    (void)n;
}

static void refuse(int fd, int status)
{
    say(fd, status == 407 ? "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"palabre\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
          : status == 403 ? "HTTP/1.1 403 Refused by the gate\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
          : status == 502 ? "HTTP/1.1 502 Site not reached\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                          : "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

static void serve(struct ctx *cx, struct gate *g, int fd)
{
    struct stream *up = NEW(cx, struct stream), *down = NEW(cx, struct stream);
    char *room = arena_get(cx->arena, GATE_HEAD_BYTES);
    struct gate_head head;
    size_t n, whole = read_head(cx, fd, room, GATE_HEAD_BYTES, &n);
    int status = whole ? gate_head_read(cx->arena, room, whole, g->credentials, &head) : 400, to = -1;

    if (status) {
        refuse(fd, status);
        return;
    }
    err_t e = way_open(cx, &head, &to);
    if (e) {
        note(g, e);
        refuse(fd, e->code == E_EGRESS_REFUSED ? 403 : 502);
        return;
    }
    up->from = down->to = fd;
    down->from = up->to = to;
    down->came = &g->bytes;
    if (head.tunnel)
        say(fd, "HTTP/1.1 200 Connection established\r\n\r\n");
    err_t lost = head.tunnel ? OK : way_send(cx, to, way_request(cx, &head));
    if (!lost)
        lost = way_send(cx, to, (struct bytes){ room + whole, n - whole });
    if (!lost)
        relay(cx, g, up, down);
    close(to);
}

static void *visit(void *with)
{
    struct visit *v = with;
    struct ctx cx = { .arena = arena_new(), .stop = &v->gate->stop, .deadline_ms = v->gate->deadline_ms };

    serve(&cx, v->gate, v->fd);
    close(v->fd);
    arena_free(cx.arena);
    __atomic_store_n(&v->over, true, __ATOMIC_RELEASE);
    return NULL;
}

/* --- the gate --- */

/* A place for one more, or NULL: then it waits in the listener's queue. */
static struct visit *free_place(struct gate *g)
{
    for (struct visit *v = g->visits; v < g->visits + VISITS_MOST; v++) {
        if (v->used && !__atomic_load_n(&v->over, __ATOMIC_ACQUIRE))
            continue;
        if (v->used)
            pthread_join(v->thread, NULL);
        *v = (struct visit){ .gate = g };
        return v;
    }
    return NULL;
}

static void *listen_on(void *with)
{
    struct gate *g = with;

    while (!__atomic_load_n(&g->stop, __ATOMIC_RELAXED)) {
        struct pollfd p = { g->listener, POLLIN, 0 };
        if (poll(&p, 1, LOOK_MS) <= 0)
            continue;
        struct visit *v = free_place(g);
        if (!v) {
            clock_sleep_ms(LOOK_MS / 10);
            continue;
        }
        v->fd = accept4(g->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (v->fd < 0)
            continue;
        v->used = !pthread_create(&v->thread, NULL, visit, v);
        if (!v->used)
            close(v->fd);
        __atomic_add_fetch(&g->visits_n, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void gate_close(void *with)
{
    struct gate *g = with;

    __atomic_store_n(&g->stop, true, __ATOMIC_RELAXED);
    pthread_join(g->thread, NULL);
    for (struct visit *v = g->visits; v < g->visits + VISITS_MOST; v++)
        if (v->used)
            pthread_join(v->thread, NULL);
    close(g->listener);
    pthread_mutex_destroy(&g->lock);
}

err_t gate_open(struct ctx *cx, int64_t most_bytes, struct gate **out)
{
    struct gate *g = NEW(cx, struct gate);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(at);
    uint8_t dice[16];

    *g = (struct gate){ .most_bytes = most_bytes, .deadline_ms = cx->deadline_ms };
    g->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (g->listener < 0 || bind(g->listener, (struct sockaddr *)&at, len) || listen(g->listener, VISITS_MOST) ||
        getsockname(g->listener, (struct sockaddr *)&at, &len)) {
        err_t e = fail(cx, CHILD_FAILED, "no gate: %s", strerror(errno));
        if (g->listener >= 0)
            close(g->listener);
        return e;
    }
    crypto_random(dice, sizeof(dice));
    text_hex(dice, sizeof(dice), g->secret);
    const char *user = arena_fmt(cx->arena, USER ":%s", g->secret);
    g->credentials = text_base64(cx->arena, user, strlen(user));
    snprintf(g->url, sizeof(g->url), "http://%s@127.0.0.1:%d", user, ntohs(at.sin_port));
    pthread_mutex_init(&g->lock, NULL);
    if (pthread_create(&g->thread, NULL, listen_on, g)) {
        close(g->listener);
        return fail(cx, CHILD_FAILED, "no thread for the gate");
    }
    arena_own(cx->arena, g, gate_close);
    *out = g;
    return OK;
}
