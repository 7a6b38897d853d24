#define _GNU_SOURCE
#include "gate_way.h"
#include "config.h"
#include "gate.h"
#include "base/clock.h"
#include "net/dial.h"
#include "net/http.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS  15000
#define ANSWER_MS   30000
#define LOOK_MS     100
#define ANSWER_BYTES 8192

/* --- the operator's proxy --- */

struct parent { char host[256], port[8]; struct bytes user; };

static bool parent_read(const char *url, size_t n, struct parent *out)
{
    static const char scheme[] = "http://";
    const char *end = url + n, *at = url + sizeof(scheme) - 1;

    if (n < sizeof(scheme) || strncmp(url, scheme, sizeof(scheme) - 1))
        return false;
    const char *sign = memrchr(at, '@', (size_t)(end - at));
    out->user = sign ? (struct bytes){ at, (size_t)(sign - at) } : (struct bytes){ "", 0 };
    at = sign ? sign + 1 : at;
    size_t slash = end > at && end[-1] == '/' ? 1 : 0;
    const char *colon = memrchr(at, ':', (size_t)(end - at));
    size_t digits = colon ? (size_t)(end - colon) - 1 - slash : 0;
    int64_t port;
    if (!colon || colon == at || (size_t)(colon - at) >= sizeof(out->host) || digits >= sizeof(out->port) ||
        !text_to_long(colon + 1, digits, &port) || port < 1 || port > 65535)
        return false;
    memcpy(out->host, at, (size_t)(colon - at));
    memcpy(out->port, colon + 1, digits);
    return true;
}

static const char *check_proxy(const char *text, size_t n)
{
    struct parent p = { .host = "" };

    return !n || parent_read(text, n, &p) ? NULL : "is http://[user:password@]host:port";
}
const struct format format_proxy = { "proxy", check_proxy };

static bool parent_find(struct parent *out)
{
    const char *url = audio_settings.audio_proxy;

    *out = (struct parent){ .host = "" };
    return url && *url && parent_read(url, strlen(url), out);
}

static const char *parent_credentials(struct ctx *cx, const struct parent *p)
{
    return p->user.n ? arena_fmt(cx->arena, "Proxy-Authorization: Basic %s\r\n", text_base64(cx->arena, p->user.at, p->user.n)) : "";
}

/* --- sending and waiting --- */

static fallible wait_for(struct ctx *cx, int fd, short what, int64_t until_ms)
{
    struct pollfd p = { fd, what, 0 };

    while (poll(&p, 1, LOOK_MS) <= 0) {
        TRY(clock_check(cx));
        if (clock_ms() >= until_ms)
            return fail(cx, SITE_DOWN, "the other side is silent");
    }
    return OK;
}

err_t way_send(struct ctx *cx, int fd, struct bytes all)
{
    for (size_t done = 0; done < all.n;) {
        TRY(wait_for(cx, fd, POLLOUT, clock_ms() + ANSWER_MS));
        ssize_t n = send(fd, all.at + done, all.n - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return fail(cx, SITE_DOWN, "sending: %s", strerrordesc_np(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    return OK;
}

/* Byte by byte up to the empty line: what follows is the site's. */
static fallible read_answer(struct ctx *cx, int fd, char *to, size_t room)
{
    int64_t until_ms = clock_ms() + ANSWER_MS;
    size_t n = 0;

    while (n < 4 || memcmp(to + n - 4, "\r\n\r\n", 4)) {
        if (n == room)
            return fail(cx, SITE_DOWN, "AUDIO_PROXY says too much");
        TRY(wait_for(cx, fd, POLLIN, until_ms));
        ssize_t got = recv(fd, to + n, 1, MSG_DONTWAIT);
        if (!got || (got < 0 && errno != EAGAIN && errno != EINTR))
            return fail(cx, SITE_DOWN, "AUDIO_PROXY hung up");
        n += got > 0;
    }
    return OK;
}

static fallible ask_parent(struct ctx *cx, const struct parent *p, const struct gate_head *head, int fd)
{
    const char *ask = arena_fmt(cx->arena, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", head->site, head->site, parent_credentials(cx, p));
    char answer[ANSWER_BYTES] = "";         /* what is told of it is what came */

    TRY(way_send(cx, fd, (struct bytes){ ask, strlen(ask) }));
    TRY(read_answer(cx, fd, answer, sizeof(answer)));
    if (memcmp(answer, "HTTP/1.", 7) || memcmp(answer + 8, " 2", 2))
        return fail(cx, SITE_DOWN, "AUDIO_PROXY answers %.*s", (int)strnlen(answer + 9, 3), answer + 9);
    return OK;
}

/* --- the way --- */

/* A name that is not known here may be known to the operator's proxy, which has to keep its own networks closed. */
static fallible look_at(struct ctx *cx, struct dial *to)
{
    err_t e = dial_look(cx, to, CONNECT_MS);

    dial_close(to);
    return e && (e->code == E_ENGINE_DOWN || e->code == E_TIMEOUT) ? OK : e;
}

static fallible connect_to(struct ctx *cx, struct dial *to, int *fd)
{
    err_t e = dial_tcp(cx, to, CONNECT_MS, fd);

    dial_close(to);
    if (e && (e->code == E_ENGINE_DOWN || e->code == E_TIMEOUT))
        return fail(cx, SITE_DOWN, "%s", e->text);
    return e;
}

static fallible through_parent(struct ctx *cx, const struct parent *p, const struct gate_head *head, int *fd)
{
    struct dial to = { .host = p->host, .port = p->port };

    TRY(connect_to(cx, &to, fd));
    err_t e = head->tunnel ? ask_parent(cx, p, head, *fd) : OK;
    if (e)
        close(*fd);
    return e;
}

err_t way_open(struct ctx *cx, const struct gate_head *head, int *fd)
{
    struct dial to = { .host = head->host, .port = head->port, .guarded = true };
    struct parent parent;

    if (!audio_port_is_open(head->port) && !egress_is_open(head->host, head->port))
        return fail(cx, EGRESS_REFUSED, "%s: nothing may be fetched from port %s", head->host, head->port);
    if (!parent_find(&parent))
        return connect_to(cx, &to, fd);
    TRY(look_at(cx, &to));
    return through_parent(cx, &parent, head, fd);
}

struct bytes way_request(struct ctx *cx, const struct gate_head *head)
{
    struct parent parent;
    bool proxied = parent_find(&parent);
    const char *all = arena_fmt(cx->arena, "%s %s%s%s HTTP/1.1\r\nHost: %s\r\n%s%sConnection: close\r\n\r\n", head->method,
                                proxied ? "http://" : "", proxied ? head->site : "", head->path, head->site, head->headers,
                                proxied ? parent_credentials(cx, &parent) : "");
    return (struct bytes){ all, strlen(all) };
}
