/* Slow clients, many clients, and the end. */
#define _GNU_SOURCE
#include "edge/test_edge_client.h"
#include "base/clock.h"

#include <pthread.h>
#include <unistd.h>

#define HOST  "Host: x\r\n"
#define GET(path)  "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define LAST(path) "GET " path " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
#define ASK(p, text, wait_ms, g) talk((p), (text), strlen(text), (wait_ms), (g))

static void drip(struct played *p, const char *head, const char *piece, const char *path_error)
{
    int fd = dial(p);
    struct got g = { .n = 0 };
    int64_t start_ms = clock_ms();

    say_text(fd, head);
    while (!g.closed && clock_ms() - start_ms < 6000) {
        say_text(fd, piece);
        hear(fd, 100, &g);
        if (g.status) {
            CHECK_INT(g.status, 408);
            CHECK_HAS(g.at, path_error);
            break;
        }
    }
    CHECK(g.status && clock_ms() - start_ms >= 900 && clock_ms() - start_ms < 2000);
    close(fd);
}

TEST(a_dripping_body_ends_with_408_in_time)
{
    struct played *p = play(cx, &(struct edge_settings){ .body_ms = 1000 });

    drip(p, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 90000\r\n\r\n", "x", "BODY_TIMEOUT");
    drip(p, "POST /count HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", "BODY_TIMEOUT");
    drip(p, "POST /count HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n90000\r\n", "x", "BODY_TIMEOUT");
    drip(p, "POST /count HTTP/1.1\r\n" HOST "Content-Length: 90000\r\n\r\n", "", "BODY_TIMEOUT");
}

TEST(a_slow_but_steady_body_gets_the_time_its_size_allows)
{
    struct played *p = play(cx, &(struct edge_settings){ .body_ms = 700 });
    int fd = dial(p);
    char block[10000] = "";
    struct got g;

    say_text(fd, "POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 9; i++) {           /* 64 bytes a ms are asked for, 80 are sent */
        say_text(fd, "2710\r\n");
        say(fd, block, sizeof(block));
        say_text(fd, "\r\n");
        clock_sleep_ms(125);
    }
    say_text(fd, "0\r\n\r\n");
    hear(fd, 1000, &g);
    CHECK_INT(g.status, 200);
    close(fd);
}


TEST(beyond_the_limit_connections_are_told_to_come_back)
{
    struct played *p = play(cx, &(struct edge_settings){ .keep_alive_ms = 5000, .header_ms = 5000 });
    int held[19];
    struct got g;

    for (size_t i = 0; i < 10; i++) {
        held[i] = dial(p);
        say_text(held[i], GET("/slow?0"));
        CHECK(hear_until(held[i], "slow", 1000, &g));
    }
    for (size_t i = 10; i < COUNT(held); i++)
        held[i] = dial(p);
    clock_sleep_ms(50);
    ASK(p, GET("/plain"), 1000, &g);
    CHECK_INT(g.status, 503);
    CHECK_HAS(g.at, "OVERLOADED");
    CHECK_HAS(g.at, "Retry-After: 1\r\n");
    CHECK(g.closed && g.ms < 500);
    say_text(held[0], GET("/plain"));       /* who is in stays in, though it is told that it is crowded */
    CHECK(hear_until(held[0], "/plain", 1000, &g));
    CHECK_INT(g.status, 200);
    CHECK_HAS(g.at, "Connection: close\r\n");
    clock_sleep_ms(50);
    ASK(p, LAST("/plain"), 1000, &g);
    CHECK_INT(g.status, 200);
    for (size_t i = 0; i < COUNT(held); i++)
        close(held[i]);
}

/* More than there are threads, all silent; who wants something is answered meanwhile. */
TEST(silent_clients_do_not_keep_others_waiting_for_an_answer)
{
    struct played *p = play(cx, &(struct edge_settings){ .header_ms = 3000 });
    int held[22];
    struct got g;

    for (size_t i = 0; i < COUNT(held); i++)
        held[i] = dial(p);
    ASK(p, GET("/plain"), 2500, &g);
    CHECK_INT(g.status, 503);
    CHECK(g.ms < 1000);                     /* three silent ones went before it, 100 ms each */
    clock_sleep_ms(3200);
    ASK(p, LAST("/plain"), 1000, &g);
    CHECK_INT(g.status, 200);
    for (size_t i = 0; i < COUNT(held); i++)
        close(held[i]);
}

TEST(a_dripping_head_ends_with_408_in_time)
{
    struct played *p = play(cx, &(struct edge_settings){ .header_ms = 1000 });

    drip(p, "GET /plain HTTP/1.1\r\n" HOST, "X-a: b\r\n", "BODY_TIMEOUT");
    drip(p, "GET /plain HTTP/1.1\r\n" HOST, "", "BODY_TIMEOUT");
}

TEST(a_dripping_head_on_a_kept_connection_ends_too)
{
    struct played *p = play(cx, &(struct edge_settings){ .header_ms = 1000 });

    int fd = dial(p);
    struct got g;

    say_text(fd, GET("/plain") "GET /plain HTTP/1.1\r\n" HOST);
    hear(fd, 6000, &g);
    CHECK_INT(g.answers, 2);
    CHECK_HAS(g.at, "HTTP/1.1 408 ");
    CHECK(g.closed && g.ms < 5000);
    close(fd);
}

TEST(an_idle_connection_is_closed_without_a_word)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, GET("/plain"), 2000, &g);
    CHECK_INT(g.answers, 1);
    CHECK(g.closed && g.ms >= 400 && g.ms < 1000);
    ASK(p, "", 4000, &g);
    CHECK_INT(g.n, 0);
    CHECK(g.closed && g.ms >= 1800 && g.ms < 3000);
}

/* The next head may take its own time: it is not cut off because the client was idle before it. */
TEST(a_head_that_begins_late_on_a_kept_connection_is_waited_for)
{
    struct played *p = play(cx, NULL);
    int fd = dial(p);
    struct got g;

    say_text(fd, GET("/plain"));
    CHECK(hear_until(fd, "/plain", 1000, &g));
    clock_sleep_ms(350);
    say_text(fd, "GET /late HTTP/1.1\r\n");
    clock_sleep_ms(400);
    say_text(fd, HOST "\r\n");
    CHECK(hear_until(fd, "/late", 1000, &g));
    close(fd);
}

/* --- the end --- */

static void *drain_in_background(void *edge)
{
    edge_drain(edge, 1500);
    return NULL;
}

TEST(a_drain_lets_running_requests_finish_and_refuses_new_ones)
{
    struct played *p = play(cx, NULL);
    int slow = dial(p), stream = dial(p);
    pthread_t drain;
    struct got g, s;

    say_text(slow, GET("/slow?800"));
    say_text(stream, GET("/stream?50"));
    clock_sleep_ms(150);
    int64_t start_ms = clock_ms();
    pthread_create(&drain, NULL, drain_in_background, p->edge);
    clock_sleep_ms(100);
    CHECK(edge_draining(p->edge));
    ASK(p, GET("/plain"), 1000, &g);
    CHECK_INT(g.status, 503);
    CHECK_HAS(g.at, "DRAINING");
    CHECK_HAS(g.at, "Connection: close\r\n");
    hear(stream, 1000, &s);
    CHECK_HAS(s.at, "\r\n0\r\n\r\n");          /* ended, not cut */
    hear(slow, 2000, &g);
    CHECK_INT(g.status, 200);
    CHECK_HAS(g.at, "Connection: close\r\n");
    pthread_join(drain, NULL);
    CHECK_WITHIN(clock_ms() - start_ms, 0, 1500);
    played_restart(cx, p);                  /* on the same port, at once */
    ASK(p, LAST("/plain"), 1000, &g);
    CHECK_INT(g.status, 200);
    close(slow);
    close(stream);
}

TEST(who_is_leaving_still_answers_and_keeps_no_connection)
{
    struct played *p = play(cx, NULL);
    struct got g;

    edge_leave(p->edge);
    CHECK(!edge_draining(p->edge));
    ASK(p, GET("/plain"), 1000, &g);
    CHECK_INT(g.status, 200);
    CHECK_HAS(g.at, "Connection: close\r\n");
    CHECK(g.closed);
}

TEST(a_stream_that_overlooks_the_drain_is_ended_when_the_wait_is_over)
{
    struct played *p = play(cx, NULL);
    int stream = dial(p), body = dial(p);
    struct got g;

    say_text(stream, GET("/stream?50x"));
    say_text(body, "POST /count HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\nabc");
    CHECK(hear_until(stream, "event 0", 1000, &g));
    int64_t start_ms = clock_ms();
    edge_drain(p->edge, 400);
    CHECK_WITHIN(clock_ms() - start_ms, 400, 1900);
    CHECK_INT(p->streams_ended, 1);
    hear(stream, 1000, &g);
    CHECK_HAS(g.at, "\r\n0\r\n\r\n");
    CHECK(g.closed);
    close(stream);
    close(body);
}

static void ignore(void *with, struct edge_request *r, const err_t refused)
{
    (void)with, (void)r, (void)refused;
}

TEST(only_plain_ipv4_listeners_on_free_ports_are_taken)
{
    struct played *p = play(cx, NULL);
    const char *bad[] = { "127.0.0.1:8443s", "8443s", "80r,8443s", "127.0.0.1:26999,127.0.0.1:8443s", "[::1]:26999", "localhost:26999",
                          "", "127.0.0.1:", ":26999", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+80", "127.0.0.1:26999,",
                          "999.0.0.1:26999", arena_fmt(cx->arena, "127.0.0.1:%d", p->port) };
    struct edge *none;

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct edge_settings s = { .listen = bad[i], .threads = 4, .header_ms = 1000, .body_ms = 1000, .keep_alive_ms = 100,
                                   .max_head_bytes = 16384 };
        err_t e = edge_start(cx, &s, ignore, NULL, &none);
        if (!e || e->code != E_CONFIG_INVALID)
            SAY("\"%s\" was taken", bad[i]);
        else if (strchr(bad[i], 's') && strchr(bad[i], '8'))
            CHECK_HAS(e->text, "TLS");
    }
}
