/* The gate's way through an operator's proxy, to sites that are away, and turns that last: with servers that play. */
#define _GNU_SOURCE
#include "config.h"
#include "gate.h"
#include "gate_head.h"
#include "hosts.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "net/http.h"
#include "net/redis.h"
#include "net/test_script.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SITE "93.184.216.34:443"        /* an address that is not private; nobody goes there but through a proxy */

/* What the gate answers to a request and what follows it, up to its end. */
static const char *asked(struct ctx *cx, const struct gate *g, const char *first, const char *then)
{
    const char *user = arena_fmt(cx->arena, "palabre:%s", gate_secret(g));
    const char *all = arena_fmt(cx->arena, "%s HTTP/1.1\r\nProxy-Authorization: Basic %s\r\n\r\n%s", first, text_base64(cx->arena, user, strlen(user)), then);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)strtol(strrchr(gate_url(g), ':') + 1, NULL, 10)) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char *room = arena_get(cx->arena, 4096);
    size_t n = 0;

    CHECK(!connect(fd, (struct sockaddr *)&at, sizeof(at)));
    CHECK_INT(send(fd, all, strlen(all), MSG_NOSIGNAL), strlen(all));
    for (ssize_t got; n < 4095 && (got = recv(fd, room + n, 4095 - n, 0)) > 0;)
        n += (size_t)got;
    close(fd);
    return room;
}

static void proxy_is(struct ctx *cx, const char *user, int port) { audio_settings.audio_proxy = arena_fmt(cx->arena, "http://%s127.0.0.1:%d", user, port); }

TEST(a_tunnel_is_asked_of_the_operators_proxy_with_its_password_and_without_ours)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 200 Connection established\r\n\r\n"), ANSWERS("HTTP/1.0 200 OK\r\n\r\nhow do you do")));
    struct gate *g;

    proxy_is(cx, "me:pass@", server_port(s));
    NEED_OK(gate_open(cx, 1 << 20, &g));
    CHECK_TEXT(asked(cx, g, "CONNECT " SITE, "GET /x HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.0 200 OK\r\n\r\nhow do you do");
    CHECK_TEXT(server_seen(cx, s), "CONNECT " SITE " HTTP/1.1\r\nHost: " SITE "\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n\r\nGET /x HTTP/1.0\r\n\r\n");
    CHECK_OK(gate_verdict(cx, g));
}

TEST(a_plain_request_goes_to_it_whole)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.0 200 OK\r\n\r\nhow do you do")));
    struct gate *g;

    proxy_is(cx, "", server_port(s));
    NEED_OK(gate_open(cx, 1 << 20, &g));
    CHECK_HAS(asked(cx, g, "GET http://93.184.216.34/a?b", ""), "how do you do");
    CHECK_TEXT(server_seen(cx, s), "GET http://93.184.216.34/a?b HTTP/1.1\r\nHost: 93.184.216.34\r\nConnection: close\r\n\r\n");
    CHECK_HAS(asked(cx, g, "GET http://10.0.0.1/a", ""), "HTTP/1.1 403");
    CHECK_INT(server_connections(s), 1);            /* what is private is not even asked of it */
    CHECK_FAILS(gate_verdict(cx, g), EGRESS_REFUSED);
}

TEST(a_proxy_that_refuses_or_breaks_off_is_a_site_that_is_away_and_told_so)
{
    const struct { const struct step *play; const char *says; } cases[] = {
        { PLAY(ANSWERS("HTTP/1.1 407 Who are you\r\n\r\n")), "AUDIO_PROXY answers 407" },
        { PLAY(ANSWERS("HTTP/1.0 502 Bad\r\nX: y\r\n\r\n")),  "AUDIO_PROXY answers 502" },
        { PLAY(ANSWERS("\r\n\r\n")),                          "AUDIO_PROXY answers " },
        { PLAY(ANSWERS("HTTP/1.1 200 Conn")),                 "AUDIO_PROXY hung up" },
        { PLAY(TAKES, RESETS),                                "AUDIO_PROXY hung up" },
        { PLAY(TAKES, SAYS("HTTP/1.1 200 OK\r\n"), REPEATS(1000, "X-Much: 0123456789\r\n")), "AUDIO_PROXY says too much" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct server *s = SERVER(cases[i].play);
        struct gate *g;
        proxy_is(cx, "me:pass@", server_port(s));
        NEED_OK(gate_open(cx, 1 << 20, &g));
        CHECK_HAS(asked(cx, g, "CONNECT " SITE, ""), "HTTP/1.1 502");
        err_t e = gate_verdict(cx, g);
        CHECK(e && e->code == E_SITE_DOWN);
        CHECK_TEXT(e ? e->text : NULL, cases[i].says);
    }
}

TEST(where_nobody_listens_a_site_or_proxy_is_away)
{
    int port, fd = listen_somewhere(1, &port);
    struct gate *g;

    close(fd);
    NEED_OK(egress_open(cx, arena_fmt(cx->arena, "127.0.0.1:%d", port)));
    NEED_OK(gate_open(cx, 1 << 20, &g));
    CHECK_HAS(asked(cx, g, arena_fmt(cx->arena, "CONNECT 127.0.0.1:%d", port), ""), "HTTP/1.1 502");
    CHECK_FAILS(gate_verdict(cx, g), SITE_DOWN);
    proxy_is(cx, "", port);
    NEED_OK(gate_open(cx, 1 << 20, &g));
    CHECK_HAS(asked(cx, g, "CONNECT " SITE, ""), "HTTP/1.1 502");
    CHECK_FAILS(gate_verdict(cx, g), SITE_DOWN);
}

TEST(headers_that_would_grow_beyond_their_room_are_refused)
{
    struct text all = text_new(cx->arena, 1024, GATE_HEAD_BYTES);
    struct gate_head head;

    text_put(&all, "GET http://x/ HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\n");
    for (int i = 0; i < 6500; i++)
        text_put(&all, "X:y\r\n");
    text_put(&all, "\r\n");
    CHECK(!all.full);
    CHECK_INT(gate_head_read(cx->arena, all.at, all.n, "eA==", &head), 400);
    const char *few = "GET http://x/ HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\nX:y\r\n\r\n";
    CHECK_INT(gate_head_read(cx->arena, few, strlen(few), "eA==", &head), 0);
}

/* --- turns --- */

static double score(struct ctx *cx, const char *host, const char *token)
{
    struct reply_value reply = { .number = 0 };
    const char *key = arena_fmt(cx->arena, "fetch:{%s}:turns", host);

    CHECK_OK(redis_do(cx, &reply, (struct bytes[]){ W("ZSCORE"), W(key), W(token) }, 3));
    return strtod(arena_text(cx->arena, reply.text.at, reply.text.n), NULL);
}

TEST(a_turn_is_renewed_when_it_is_due_and_not_before)
{
    const char *host = uuid_make(cx);
    struct turn *t;

    if (!cx->redis)
        skip("no Redis");
    audio_settings.audio_host_interval_ms = 0;
    NEED_OK(host_enter(cx, host, &t));
    double first = score(cx, host, t->token);
    clock_sleep_ms(30);
    host_renew(cx, t);
    CHECK(score(cx, host, t->token) == first);
    t->renewed_ms -= 16000;
    host_renew(cx, t);
    CHECK(score(cx, host, t->token) >= first + 30);
    CHECK_WITHIN(clock_ms() - t->renewed_ms, 0, 5000);
}

TEST(without_redis_beginnings_keep_their_distance_too_and_hosts_without_number_share)
{
    struct turn *a, *b;
    const char *host = uuid_make(cx);

    cx->redis = NULL;
    audio_settings.audio_host_interval_ms = 400;
    NEED_OK(host_enter(cx, host, &a));
    int64_t from = clock_ms();
    NEED_OK(host_enter(cx, host, &b));
    CHECK_WITHIN(clock_ms() - from, 250, 3000);
    audio_settings.audio_host_interval_ms = 0;
    for (int i = 0; i < 62; i++)
        NEED_OK(host_enter(cx, arena_fmt(cx->arena, "host-%d", i), &a));
    NEED_OK(host_enter(cx, "one more", &a));
    NEED_OK(host_enter(cx, "and another", &b));
    CHECK_FAILS(host_enter(cx, "a third", &a), SITE_BUSY);
    host_leave(cx, b);
    CHECK_OK(host_enter(cx, "a third", &a));
}
