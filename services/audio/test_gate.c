/* The gate, the turns at sites, and the small parsers of what strangers write. */
#define _GNU_SOURCE
#include "config.h"
#include "gate.h"
#include "gate_head.h"
#include "hosts.h"
#include "playlist.h"
#include "test_site.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "net/http.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- heads of requests --- */

#define SECRET "cGFsYWJyZTp4"
#define AUTH   "Proxy-Authorization: Basic " SECRET "\r\n"

static int read_head(struct ctx *cx, const char *text, struct gate_head *out)
{
    CHECK_INT(gate_head_ends(text, strlen(text)), strlen(text));
    return gate_head_read(cx->arena, text, strlen(text), SECRET, out);
}

TEST(a_head_is_read_and_what_is_of_the_hop_stays_behind)
{
    struct gate_head h;

    CHECK_INT(read_head(cx, "GET http://Site.Test:8080/a/b?c=d HTTP/1.1\r\nHost: other.test\r\nAccept: */*\r\nConnection: keep-alive\r\n" AUTH "X:  y z \r\n\r\n", &h), 0);
    CHECK(!h.tunnel);
    CHECK_TEXT(h.host, "Site.Test");
    CHECK_TEXT(h.port, "8080");
    CHECK_TEXT(h.site, "Site.Test:8080");
    CHECK_TEXT(h.method, "GET");
    CHECK_TEXT(h.path, "/a/b?c=d");
    CHECK_TEXT(h.headers, "Accept: */*\r\nX: y z \r\n");
    CHECK_INT(read_head(cx, "POST http://site.test HTTP/1.0\r\n" AUTH "\r\n", &h), 0);
    CHECK_TEXT(h.path, "/");
    CHECK_TEXT(h.port, "80");
    CHECK_INT(read_head(cx, "GET http://site.test?q HTTP/1.1\r\n" AUTH "\r\n", &h), 0);
    CHECK_TEXT(h.path, "/?q");
    CHECK_INT(read_head(cx, "CONNECT [2001:db8::1]:443 HTTP/1.1\r\n" AUTH "\r\n", &h), 0);
    CHECK(h.tunnel);
    CHECK_TEXT(h.host, "2001:db8::1");
    CHECK_TEXT(h.port, "443");
}

TEST(a_head_that_is_unusual_is_refused)
{
    static const char *const bad[] = {
        "GET / HTTP/1.1\r\n" AUTH "\r\n", "GET ftp://x/ HTTP/1.1\r\n" AUTH "\r\n", "GET https://x/ HTTP/1.1\r\n" AUTH "\r\n",
        "GET http:// HTTP/1.1\r\n" AUTH "\r\n", "GET http:///x HTTP/1.1\r\n" AUTH "\r\n", "GET http://u@x/ HTTP/1.1\r\n" AUTH "\r\n",
        "GET http://x:0/ HTTP/1.1\r\n" AUTH "\r\n", "GET http://x:65536/ HTTP/1.1\r\n" AUTH "\r\n", "GET http://x:/ HTTP/1.1\r\n" AUTH "\r\n",
        "GET http://x/ HTTP/2.0\r\n" AUTH "\r\n", "get http://x/ HTTP/1.1\r\n" AUTH "\r\n", "GET  http://x/ HTTP/1.1\r\n" AUTH "\r\n",
        "GET http://x/ HTTP/1.1\r\n X: y\r\n" AUTH "\r\n", "GET http://x/ HTTP/1.1\r\nX : y\r\n" AUTH "\r\n", "GET http://x/ HTTP/1.1\r\nX: a\nb\r\n" AUTH "\r\n",
        "CONNECT x HTTP/1.1\r\n" AUTH "\r\n", "CONNECT x:443/ HTTP/1.1\r\n" AUTH "\r\n", "CONNECT [::1 HTTP/1.1\r\n" AUTH "\r\n",
        "CONNECT []:443 HTTP/1.1\r\n" AUTH "\r\n", "CONNECT [x]:443 HTTP/1.1\r\n" AUTH "\r\n", "CONNECT [::1]443 HTTP/1.1\r\n" AUTH "\r\n",
        "GET http://x\x80/ HTTP/1.1\r\n" AUTH "\r\n", "CONNECT :443 HTTP/1.1\r\n" AUTH "\r\n", "\r\n\r\n",
    };
    struct gate_head h;

    for (size_t i = 0; i < COUNT(bad); i++)
        if (gate_head_read(cx->arena, bad[i], strlen(bad[i]), SECRET, &h) != 400)
            SAY("taken: %s", bad[i]);
    CHECK_INT(read_head(cx, "GET http://x/ HTTP/1.1\r\n\r\n", &h), 407);
    CHECK_INT(read_head(cx, "GET http://x/ HTTP/1.1\r\nProxy-Authorization: Basic cGFsYWJyZTp5\r\n\r\n", &h), 407);
    CHECK_INT(read_head(cx, "GET http://x/ HTTP/1.1\r\nAuthorization: Basic " SECRET "\r\n\r\n", &h), 407);
}

/* --- the gate itself --- */

static int visit(const struct gate *g)
{
    const char *port = strrchr(gate_url(g), ':') + 1;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int64_t number = 0;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(text_to_long(port, strlen(port), &number));
    at.sin_port = htons((uint16_t)number);
    CHECK(!connect(fd, (struct sockaddr *)&at, sizeof(at)));
    return fd;
}

/* What it answers to some bytes, up to its end or 300 bytes. */
static const char *asked(struct ctx *cx, const struct gate *g, const char *bytes)
{
    int fd = visit(g);
    char *room = arena_get(cx->arena, 4096);
    size_t n = 0;

    CHECK_INT(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
    for (ssize_t got; n < 4095 && (got = recv(fd, room + n, 4095 - n, 0)) > 0;)
        n += (size_t)got;
    close(fd);
    return room;
}

static const char *credentials(struct ctx *cx, const struct gate *g)
{
    const char *user = arena_fmt(cx->arena, "palabre:%s", gate_secret(g));

    return arena_fmt(cx->arena, "Proxy-Authorization: Basic %s\r\n", text_base64(cx->arena, user, strlen(user)));
}

TEST(who_does_not_know_the_secret_gets_nothing)
{
    struct site *s = site_start(cx);
    struct gate *g;

    NEED_OK(gate_open(cx, 1 << 20, &g));
    CHECK_HAS(gate_url(g), "http://palabre:");
    CHECK_HAS(asked(cx, g, arena_fmt(cx->arena, "GET %s/nginx.conf HTTP/1.1\r\n\r\n", s->url)), "HTTP/1.1 407");
    CHECK_HAS(asked(cx, g, "GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400");
    CHECK_INT(site_count(cx, s, "nginx.conf"), 0);
    CHECK_OK(gate_verdict(cx, g));
}

TEST(a_tunnel_and_a_plain_request_reach_what_is_open)
{
    struct site *s = site_start(cx);
    struct gate *g;

    site_put(cx, s, "hello.html", "how do you do");
    NEED_OK(gate_open(cx, 1 << 20, &g));
    const char *all = asked(cx, g, arena_fmt(cx->arena, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n%s\r\nGET /hello.html HTTP/1.0\r\n\r\n", s->port, credentials(cx, g)));
    CHECK_HAS(all, "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK");
    CHECK_HAS(all, "how do you do");
    all = asked(cx, g, arena_fmt(cx->arena, "GET %s/hello.html HTTP/1.1\r\nProxy-Connection: keep-alive\r\n%s\r\n", s->url, credentials(cx, g)));
    CHECK_HAS(all, "how do you do");
    CHECK_HAS(all, "Connection: close");
    CHECK_INT(gate_visits(g), 2);
    CHECK_OK(gate_verdict(cx, g));
}

TEST(no_way_of_writing_a_private_address_opens_the_gate)
{
    static const char *const hosts[] = { "127.0.0.1:80", "127.1:80", "2130706433:80", "0x7f.1:443", "0:80", "localhost:443", "[::1]:80", "[::ffff:127.0.0.1]:80",
                                         "10.1.2.3:443", "169.254.169.254:80", "192.168.1.1:80", "100.64.0.1:80", "[fe80::1]:80", "[64:ff9b::7f00:1]:443" };
    struct site *s = site_start(cx);

    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct gate *g;
        NEED_OK(gate_open(cx, 1 << 20, &g));
        const char *said = asked(cx, g, arena_fmt(cx->arena, "CONNECT %s HTTP/1.1\r\n%s\r\n", hosts[i], credentials(cx, g)));
        if (strncmp(said, "HTTP/1.1 403", 12))
            SAY("%s: %s", hosts[i], said);
        CHECK_FAILS(gate_verdict(cx, g), EGRESS_REFUSED);
    }
    struct gate *g;
    NEED_OK(gate_open(cx, 1 << 20, &g));
    CHECK_HAS(asked(cx, g, arena_fmt(cx->arena, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n%s\r\n", s->closed_port, credentials(cx, g))), "HTTP/1.1 403");
    CHECK_HAS(asked(cx, g, arena_fmt(cx->arena, "CONNECT 93.184.216.34:25 HTTP/1.1\r\n%s\r\n", credentials(cx, g))), "HTTP/1.1 403");
}

TEST(what_comes_through_the_gate_is_bounded)
{
    struct site *s = site_start(cx);
    struct gate *g;

    site_tool(cx, s, WORDS("truncate", "-s", "8M", "zeros.html"));
    NEED_OK(gate_open(cx, 10000, &g));
    asked(cx, g, arena_fmt(cx->arena, "GET %s/zeros.html HTTP/1.1\r\n%s\r\n", s->url, credentials(cx, g)));
    CHECK_FAILS(gate_verdict(cx, g), MEDIA_TOO_LARGE);
}

TEST(a_gate_closes_at_once_with_its_attempt)
{
    struct ctx work = *cx;
    struct gate *g;

    work.arena = arena_new();
    NEED_OK(gate_open(&work, 1 << 20, &g));
    int idle = visit(g);
    clock_sleep_ms(50);
    int64_t from = clock_ms();
    arena_free(work.arena);
    CHECK_WITHIN(clock_ms() - from, 0, 1000);
    close(idle);
}

/* --- turns --- */

static void turns_are_kept(struct ctx *cx, const char *host)
{
    struct turn *a, *b, *c;
    struct ctx work = *cx;

    audio_settings.audio_host_interval_ms = 0;
    NEED_OK(host_enter(cx, host, &a));
    NEED_OK(host_enter(cx, host, &b));
    err_t e = host_enter(cx, host, &c);
    CHECK(e && e->code == E_SITE_BUSY && e->retry_after_ms >= 1000);
    host_leave(cx, a);
    host_leave(cx, a);              /* a second time it does nothing */
    work.arena = arena_new();
    NEED_OK(host_enter(&work, host, &c));
    CHECK_FAILS(host_enter(cx, host, &a), SITE_BUSY);
    arena_free(work.arena);
    NEED_OK(host_enter(cx, host, &a));
    host_leave(cx, a);
    host_rest(cx, host, 60000);
    e = host_enter(cx, host, &c);
    CHECK(e && e->code == E_SITE_BUSY && e->retry_after_ms > 50000);
    CHECK_OK(host_enter(cx, arena_fmt(cx->arena, "other.%s", host), &c));
}

TEST(two_fetches_at_a_time_from_one_host_and_none_while_it_rests)
{
    if (!cx->redis)
        skip("no Redis");
    turns_are_kept(cx, uuid_make(cx));
}

TEST(the_same_holds_in_a_process_without_redis)
{
    cx->redis = NULL;
    turns_are_kept(cx, uuid_make(cx));
}

TEST(beginnings_at_one_host_keep_their_distance)
{
    struct turn *a, *b;
    const char *host = uuid_make(cx);

    audio_settings.audio_host_interval_ms = 400;
    NEED_OK(host_enter(cx, host, &a));
    int64_t from = clock_ms();
    NEED_OK(host_enter(cx, host, &b));
    CHECK_WITHIN(clock_ms() - from, 250, 3000);
}

/* --- playlists --- */

#define READ(text) playlist_read(text, sizeof(text) - 1, &p)

TEST(the_length_of_a_playlist_is_the_sum_of_its_parts)
{
    struct playlist p;

    CHECK(READ("#EXTM3U\r\n#EXTINF:9.5,title\r\na.ts\r\n#EXTINF:3\r\nb.ts\r\n#EXT-X-ENDLIST\r\n"));
    CHECK(p.seconds == 12.5 && p.ended);
    CHECK(READ("#EXTM3U\n#EXTINF:1,\na.ts"));
    CHECK(p.seconds == 1 && !p.ended);
    CHECK(!READ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n"));
    CHECK(!READ("<html>") && !READ(""));
    CHECK(READ("#EXTM3U\n#EXTINF:-5,\n#EXTINF:nan,\n#EXTINF:x,\n#EXTINF:2,"));
    CHECK(p.seconds == 2);
}
