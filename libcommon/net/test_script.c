#define _GNU_SOURCE
#include "net/test_script.h"
#include "base/clock.h"
#include "net/http.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define VISITS 256

struct visit { struct server *server; int fd; const struct step *play; pthread_t thread; };

struct server {
    int fd, port;
    const struct step *plays[4];        /* of the first connections; the last for all that follow */
    int n;
    pthread_t thread;
    struct visit visits[VISITS];
    bool over;                          /* the test has ended; touched atomically */
    pthread_mutex_t lock;               /* guards what follows */
    char seen[65536];                   /* the requests, as they came */
    size_t seen_n;
    int connections, requests;
};

static void server_note(struct server *s, const char *at, size_t n)
{
    pthread_mutex_lock(&s->lock);
    if (n > sizeof(s->seen) - 1 - s->seen_n)
        n = sizeof(s->seen) - 1 - s->seen_n;
    memcpy(s->seen + s->seen_n, at, n);
    s->seen_n += n;
    pthread_mutex_unlock(&s->lock);
}

static int server_count(struct server *s, const int *which)
{
    pthread_mutex_lock(&s->lock);
    int n = *which;
    pthread_mutex_unlock(&s->lock);
    return n;
}

int server_requests(struct server *s)    { return server_count(s, &s->requests); }
int server_connections(struct server *s) { return server_count(s, &s->connections); }
int server_port(const struct server *s)  { return s->port; }

const char *server_seen(struct ctx *cx, struct server *s)
{
    pthread_mutex_lock(&s->lock);
    const char *seen = arena_text(cx->arena, s->seen, s->seen_n);
    pthread_mutex_unlock(&s->lock);
    return seen;
}

size_t server_seen_n(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->seen_n;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* One request with its body, by Content-Length. False: the client is gone. */
static bool read_request(struct server *s, int fd, int64_t slow_ms)
{
    char room[65536] = "";
    size_t n = 0, whole = 0;

    while (!whole || n < whole) {
        bool body = whole > 0;
        clock_sleep_ms(body ? slow_ms : 0);
        ssize_t got = body ? recv(fd, room, whole - n < sizeof(room) ? whole - n : sizeof(room), 0)
                           : recv(fd, room + n, sizeof(room) - 1 - n, 0);
        if (got <= 0)
            return false;
        server_note(s, body ? room : room + n, (size_t)got);
        n += (size_t)got;
        char *end = body ? NULL : strstr(room, "\r\n\r\n"), *length = body ? NULL : strcasestr(room, "Content-Length: ");
        if (end)
            whole = (size_t)(end - room) + 4 + (length && length < end ? strtoul(length + 16, NULL, 10) : 0);
    }
    pthread_mutex_lock(&s->lock);
    s->requests++;
    pthread_mutex_unlock(&s->lock);
    return true;
}

static bool send_all(int fd, const char *at, size_t n)
{
    while (n) {
        ssize_t put = send(fd, at, n, MSG_NOSIGNAL);
        if (put <= 0)
            return false;
        at += put;
        n -= (size_t)put;
    }
    return true;
}

static bool pause_ms(struct server *s, int64_t ms)
{
    for (int64_t end = clock_ms() + ms; clock_ms() < end && !__atomic_load_n(&s->over, __ATOMIC_RELAXED);)
        clock_sleep_ms(end - clock_ms() < 10 ? end - clock_ms() : 10);
    return true;
}

static bool play_step(struct server *s, int fd, const struct step *p)
{
    size_t n = p->bytes ? strlen(p->bytes) : 0;

    switch (p->act) {
    case READ:        return read_request(s, fd, 0);
    case READ_SLOWLY: return read_request(s, fd, p->ms);
    case WAIT:        return pause_ms(s, p->ms);
    case SEND:
        for (size_t i = 0; i < (p->n ? p->n : 1); i++)
            if (!send_all(fd, p->bytes, n))
                return false;
        return true;
    case DRIP:
        for (size_t i = 0; i < n; i++, clock_sleep_ms(p->ms))
            if (!send_all(fd, p->bytes + i, 1))
                return false;
        return true;
    case RESET:
        return connect(fd, &(struct sockaddr){ .sa_family = AF_UNSPEC }, sizeof(struct sockaddr)) && false;
    default:          return false;
    }
}

static void *serve_visit(void *with)
{
    struct visit *v = with;

    for (const struct step *p = v->play; play_step(v->server, v->fd, p); p++)
        ;
    shutdown(v->fd, SHUT_WR);
    return NULL;
}

static void *serve(void *with)
{
    struct server *s = with;
    int fd;

    for (int i = 0; i < VISITS && (fd = accept(s->fd, NULL, NULL)) >= 0; i++) {
        struct visit *v = &s->visits[i];
        pthread_mutex_lock(&s->lock);
        s->connections++;
        pthread_mutex_unlock(&s->lock);
        *v = (struct visit){ .server = s, .fd = fd, .play = s->plays[i < s->n ? i : s->n - 1] };
        pthread_create(&v->thread, NULL, serve_visit, v);
    }
    return NULL;
}

static void server_stop(void *with)
{
    struct server *s = with;

    __atomic_store_n(&s->over, true, __ATOMIC_RELAXED);
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    for (struct visit *v = s->visits; v < s->visits + VISITS && v->server; v++) {
        shutdown(v->fd, SHUT_RDWR);
        pthread_join(v->thread, NULL);
        close(v->fd);
    }
    close(s->fd);
}

int listen_somewhere(int backlog, int *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    for (int i = 0; i < 400; i++) {
        *port = 26000 + (getpid() * 7 + i) % 400;
        at.sin_port = htons((uint16_t)*port);
        if (!bind(fd, (struct sockaddr *)&at, sizeof(at)) && !listen(fd, backlog))
            return fd;
    }
    skip("no free port");
}

struct server *server_start(struct ctx *cx, int n, const struct step *const *plays)
{
    struct server *s = NEW(cx, struct server);

    s->n = n;
    for (int i = 0; i < n; i++) {
        size_t steps = 1;
        while (plays[i][steps - 1].act != END)
            steps++;
        s->plays[i] = memcpy(NEWS(cx, struct step, steps), plays[i], steps * sizeof(struct step));
    }
    pthread_mutex_init(&s->lock, NULL);
    s->fd = listen_somewhere(64, &s->port);
    pthread_create(&s->thread, NULL, serve, s);
    arena_own(cx->arena, s, server_stop);
    if (!cx->http)
        cx->http = http_open(cx->arena, 8);
    return s;
}
const char *server_url(struct ctx *cx, const struct server *s, const char *path)
{
    return arena_fmt(cx->arena, "http://127.0.0.1:%d%s", s->port, path);
}
