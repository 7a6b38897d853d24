#define _GNU_SOURCE
#include "edge/test_edge_client.h"
#include "base/clock.h"

#include <alloca.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_PORT 26500
#define PORTS      499
#define MOST_BODY  100000

static void answer_text(struct edge_request *r, int status, const char *text)
{
    struct edge_header h[] = { { "Content-Type", "text/plain" } };

    edge_answer(r, status, h, 1, (struct bytes){ text, strlen(text) });
}

static void answer_err(struct edge_request *r, err_t e)
{
    struct edge_header h[] = { { "Content-Type", "text/plain" }, { "Retry-After", "1" } };

    edge_answer(r, err_status(e->code), h, e->retry_after_ms ? 2 : 1, (struct bytes){ err_name(e->code), strlen(err_name(e->code)) });
}

static void on_body(struct played *p, struct ctx *cx, struct edge_request *r)
{
    struct bytes all;
    err_t e = edge_read_all(cx, r, MOST_BODY, &all);

    p->body_error = e ? (int)e->code : -1;
    if (e)
        answer_err(r, e);
    else
        edge_answer(r, 200, NULL, 0, all);
}

static void on_count(struct played *p, struct ctx *cx, struct edge_request *r)
{
    char piece[65536], text[32];
    size_t got, all = 0;

    do {
        err_t e = edge_read(cx, r, piece, sizeof(piece), (size_t)1 << 30, &got);
        p->body_error = e ? (int)e->code : -1;
        if (e) {
            answer_err(r, e);
            return;
        }
        all += got;
    } while (got);
    snprintf(text, sizeof(text), "%zu", all);
    answer_text(r, 200, text);
}

__attribute__((noinline)) static void on_stack(struct played *p, struct ctx *cx, struct edge_request *r)
{
    char *deep = alloca(150 * 1024);

    (void)p, (void)cx;
    memset(deep, 'x', 150 * 1024);
    answer_text(r, deep[150 * 1024 - 1] == 'x' ? 200 : 500, "deep");
}

static void on_stream(struct played *p, struct ctx *cx, struct edge_request *r)
{
    int64_t every_ms = (int)strtol(r->query, NULL, 10);
    char line[32];

    (void)cx;
    if (!edge_stream(r, 200, (struct edge_header[]){ { "Content-Type", "text/event-stream" } }, 1))
        return;
    for (int i = 0; i < 3 || every_ms; i++) {
        struct bytes piece = { line, (size_t)snprintf(line, sizeof(line), "event %d\n", i) };
        if (!edge_stream_write(r, piece) || (edge_draining(p->edge) && r->query[strlen(r->query) - 1] != 'x'))
            break;
        clock_sleep_ms(every_ms);
    }
    if (r->query[strlen(r->query) - 1] != 'q')      /* q: its handler forgets the end */
        edge_stream_end(r);
    p->streams_ended++;
}

/* 20,000 pieces of 1,000 bytes each, sent without waiting as far as that goes. */
static void on_tries(struct played *p, struct ctx *cx, struct edge_request *r)
{
    char line[1001];
    bool rest = false;

    (void)cx;
    if (!edge_stream(r, 200, (struct edge_header[]){ { "Content-Type", "text/event-stream" } }, 1))
        return;
    for (int i = 0; i < TRIED; i++) {
        snprintf(line, sizeof(line), "%-999d\n", i);
        bool taken = edge_stream_try(r, (struct bytes){ line, 1000 }, &rest);
        p->tries_cut += taken && rest;
        if (!edge_stream_write(r, (struct bytes){ line, taken ? 0 : 1000 }))
            return;
    }
    edge_stream_end(r);
}

static void on_file(struct played *p, struct ctx *cx, struct edge_request *r)
{
    int fd = open(p->file, O_RDONLY);
    struct stat s;

    (void)cx;
    fstat(fd, &s);
    int64_t from = strtoll(r->query, NULL, 10), more = strchr(r->query, '+') ? 1000 : 0;
    edge_file(r, from ? 206 : 200, NULL, 0, fd, from, s.st_size - from + more);
    close(fd);
}

static void on_slow(struct played *p, struct ctx *cx, struct edge_request *r)
{
    (void)p, (void)cx;
    clock_sleep_ms((int)strtol(r->query, NULL, 10));
    answer_text(r, 200, "slow");
}

static void on_large(struct played *p, struct ctx *cx, struct edge_request *r)
{
    size_t n = (size_t)(int)strtol(r->query, NULL, 10) * 1024;

    (void)p;
    edge_answer(r, 200, NULL, 0, (struct bytes){ arena_get(cx->arena, n), n });
}

static void on_bad(struct played *p, struct ctx *cx, struct edge_request *r)
{
    (void)p, (void)cx;
    edge_answer(r, 200, (struct edge_header[]){ { "X-Bad", "a\r\nX-More: b" } }, 1, (struct bytes){ "body", 4 });
}

static void on_none(struct played *p, struct ctx *cx, struct edge_request *r) { (void)p, (void)cx, (void)r; }
static void on_empty(struct played *p, struct ctx *cx, struct edge_request *r) { (void)p, (void)cx, answer_text(r, 204, "never"); }

static void on_twice(struct played *p, struct ctx *cx, struct edge_request *r)
{
    (void)p, (void)cx;
    answer_text(r, 200, "first");
    answer_text(r, 500, "second");
}

static const struct { const char *path; void (*on)(struct played *, struct ctx *, struct edge_request *); } routes[] = {
    { "/body", on_body }, { "/count", on_count }, { "/stack", on_stack }, { "/stream", on_stream }, { "/file", on_file },
    { "/slow", on_slow }, { "/large", on_large }, { "/bad", on_bad }, { "/none", on_none }, { "/empty", on_empty },
    { "/twice", on_twice }, { "/tries", on_tries },
};

static void handle(void *with, struct edge_request *r, const err_t refused)
{
    struct played *p = with;
    struct ctx cx = { .arena = arena_new() };

    p->served++;
    if (!strcmp(r->path, "/smuggled"))
        p->smuggled++;
    if (refused)
        answer_err(r, refused);
    for (size_t i = 0; !refused && i < COUNT(routes); i++)
        if (!strcmp(r->path, routes[i].path)) {
            routes[i].on(p, &cx, r);
            arena_free(cx.arena);
            return;
        }
    if (!refused)
        answer_text(r, 200, r->path);
    arena_free(cx.arena);
}

static struct edge_settings settings_of(const struct edge_settings *c)
{
    struct edge_settings s = { .threads = 20, .streams = 2, .header_ms = 2000, .body_ms = 2000, .body_bytes_per_ms = 64,
                               .keep_alive_ms = 500, .max_head_bytes = 16384 };

    s.threads = c && c->threads ? c->threads : s.threads;
    s.header_ms = c && c->header_ms ? c->header_ms : s.header_ms;
    s.body_ms = c && c->body_ms ? c->body_ms : s.body_ms;
    s.body_bytes_per_ms = c && c->body_bytes_per_ms ? c->body_bytes_per_ms : s.body_bytes_per_ms;
    s.keep_alive_ms = c && c->keep_alive_ms ? c->keep_alive_ms : s.keep_alive_ms;
    return s;
}

struct played *play(struct ctx *cx, const struct edge_settings *change)
{
    struct played *p = NEW(cx, struct played);
    struct edge_settings s = settings_of(change);

    for (int i = 0; i < PORTS; i++) {
        p->port = FIRST_PORT + (getpid() + i) % PORTS;
        s.listen = arena_fmt(cx->arena, "127.0.0.1:%d", p->port);
        if (!edge_start(cx, &s, handle, p, &p->edge))
            return p;
    }
    SAY("no port for the edge");
    return p;
}

void played_restart(struct ctx *cx, struct played *p)
{
    struct edge_settings s = settings_of(NULL);

    s.listen = arena_fmt(cx->arena, "127.0.0.1:%d", p->port);
    CHECK_OK(edge_start(cx, &s, handle, p, &p->edge));
}

int dial(const struct played *p)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)p->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
        SAY("no connection to port %d: %s", p->port, strerror(errno));
    return fd;
}

bool say(int fd, const void *at, size_t n)
{
    const char *from = at;
    ssize_t sent;

    for (; n && (sent = send(fd, from, n, MSG_NOSIGNAL)) > 0; n -= (size_t)sent)
        from += sent;
    return !n;
}

void say_text(int fd, const char *text) { say(fd, text, strlen(text)); }

int answers_in(const char *at, size_t n, int *first)
{
    int found = 0;

    for (const char *a = at; (a = memmem(a, n - (size_t)(a - at), "HTTP/1.1 ", 9)); a += 9) {
        int status = (int)strtol(a + 9, NULL, 10);
        if (status < 200)
            continue;
        if (!found++)
            *first = status;
    }
    return found;
}

static void hear_part(int fd, const char *part, int64_t wait_ms, struct got *g)
{
    int64_t start_ms = clock_ms(), left_ms = wait_ms;

    *g = (struct got){ .n = 0 };
    for (; left_ms > 0 && !(part && strstr(g->at, part)); left_ms = wait_ms - (clock_ms() - start_ms)) {
        struct pollfd one = { .fd = fd, .events = POLLIN };
        if (poll(&one, 1, (int)left_ms) <= 0)
            break;
        char spare[4096];
        bool fits = g->n < sizeof(g->at) - 1;
        ssize_t n = recv(fd, fits ? g->at + g->n : spare, fits ? sizeof(g->at) - 1 - g->n : sizeof(spare), 0);
        g->closed = n <= 0;
        if (n <= 0)
            break;
        g->n += fits ? (size_t)n : 0;
    }
    g->ms = clock_ms() - start_ms;
    g->answers = answers_in(g->at, g->n, &g->status);
}

void hear(int fd, int64_t wait_ms, struct got *g) { hear_part(fd, NULL, wait_ms, g); }

bool hear_until(int fd, const char *part, int64_t wait_ms, struct got *g)
{
    hear_part(fd, part, wait_ms, g);
    return strstr(g->at, part);
}

void talk(const struct played *p, const void *at, size_t n, int64_t wait_ms, struct got *g)
{
    int fd = dial(p);

    say(fd, at, n);
    hear(fd, wait_ms, g);
    close(fd);
}
