/* Heads that civetweb takes and the edge must not: each gets one answer, the close, and nothing behind it is read. */
#define _GNU_SOURCE
#include "edge/test_edge_client.h"
#include "base/clock.h"

#include <unistd.h>

#define INNER "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
#define HOST  "Host: x\r\n"
#define POST  "POST /body HTTP/1.1\r\n" HOST
#define GET   "GET /plain HTTP/1.1\r\n" HOST
#define LEN   "Content-Length: 35\r\n"

_Static_assert(sizeof(INNER) - 1 == 35, "LEN is the length of INNER");

static const struct { const char *what, *bytes; int status; } broken[] = {
    { "a folded line hides the length", POST " folded: 1\r\n" LEN "\r\n" INNER, 400 },
    { "a folded line hides the length of a GET", GET " folded: 1\r\n" LEN "\r\n" INNER, 400 },
    { "a folded first header is a length, twice", "POST /body HTTP/1.1\r\n Host: x\r\n" LEN LEN "\r\n" INNER, 400 },
    { "a line begins with a byte above 127", POST "\xc3\xa9: 1\r\n" LEN "\r\n" INNER, 400 },
    { "a line begins with a colon", POST ": 1\r\n" LEN "\r\n" INNER, 400 },
    { "a line has no colon", POST "Nothing\r\n" LEN "\r\n" INNER, 400 },
    { "a name has a space before the colon", POST "Content-Length : 35\r\n\r\n" INNER, 400 },
    { "a name is no token", POST "Con(tent: 1\r\n" LEN "\r\n" INNER, 400 },
    { "a value holds CR", POST "X: a\rb\r\n" LEN "\r\n" INNER, 400 },
    { "a value holds a control character", POST "X: a\x01\r\n" LEN "\r\n" INNER, 400 },
    { "length twice, different", POST "Content-Length: 0\r\n" LEN "\r\n" INNER, 400 },
    { "length twice, the same", POST LEN LEN "\r\n" INNER, 400 },
    { "length with sign", POST "Content-Length: +5\r\n\r\nabcde" INNER, 400 },
    { "length in two numbers", POST "Content-Length: 5 6\r\n\r\nabcde" INNER, 400 },
    { "length in a list", POST "Content-Length: 5, 5\r\n\r\nabcde" INNER, 400 },
    { "length below zero", POST "Content-Length: -1\r\n\r\n" INNER, 400 },
    { "length empty", POST "Content-Length:\r\n\r\n" INNER, 400 },
    { "length in hex", POST "Content-Length: 0x5\r\n\r\nabcde" INNER, 400 },
    { "length huge", POST "Content-Length: 99999999999999999999999\r\n\r\n" INNER, 400 },
    { "length that wraps", POST "Content-Length: 18446744073709551617\r\n\r\n" INNER, 400 },
    { "length large", POST "Content-Length: 999999999999999\r\n\r\n" INNER, 413 },
    { "length and coding", POST "Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" INNER, 400 },
    { "coding and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 40\r\n\r\n0\r\n\r\n" INNER, 400 },
    { "coding unknown", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" INNER, 400 },
    { "coding gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" INNER, 400 },
    { "coding identity", POST "Transfer-Encoding: identity\r\n" LEN "\r\n" INNER, 400 },
    { "coding twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" INNER, 400 },
    { "coding identity, then chunked", POST "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" INNER, 400 },
    { "coding empty", POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n" INNER, 400 },
    { "coding in HTTP/1.0", "POST /body HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" INNER, 400 },
    { "chunk with extension", POST "Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nabcde\r\n0\r\n\r\n" INNER, 400 },
    { "chunk of 0x5", POST "Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n" INNER, 400 },
    { "chunk of -5", POST "Transfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n" INNER, 400 },
    { "chunk of nothing", POST "Transfer-Encoding: chunked\r\n\r\n\r\nabcde\r\n0\r\n\r\n" INNER, 400 },
    { "chunk overlong", POST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabcde\r\n0\r\n\r\n" INNER, 400 },
    { "chunk overlong by a digit", POST "Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nabcde\r\n0\r\n\r\n" INNER, 400 },
    { "chunk without CR LF behind it", POST "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde0\r\n\r\n" INNER, 400 },
    { "chunk lines of LF", POST "Transfer-Encoding: chunked\r\n\r\n5\nabcde\n0\n\n" INNER, 400 },
    { "lines of LF", "GET /plain HTTP/1.1\nHost: x\n\n" INNER, 400 },
    { "one line of LF", "GET /plain HTTP/1.1\r\nHost: x\nX: y\r\n\r\n" INNER, 400 },
    { "LF after the version", "GET /plain HTTP/1.1\nHost: x\r\n\r\n" INNER, 400 },
    { "LF LF as the end", GET "X: y\n\n" INNER, 400 },
    { "LF as the last line's end", GET "X: y\n\r\n" INNER "\r\n\r\n", 400 },
    { "CR LF LF as the end", GET "X: y\r\n\n" INNER, 400 },
    { "no Host", "GET /plain HTTP/1.1\r\nX: y\r\n\r\n" INNER, 400 },
    { "no header at all", "GET /plain HTTP/1.1\r\n\r\n" INNER, 400 },
    { "Host twice", GET HOST "\r\n" INNER, 400 },
    { "Host empty", "GET /plain HTTP/1.1\r\nHost:\r\n\r\n" INNER, 400 },
    { "Host with a path", "GET /plain HTTP/1.1\r\nHost: a/b\r\n\r\n" INNER, 400 },
    { "Host with a user", "GET /plain HTTP/1.1\r\nHost: a@b\r\n\r\n" INNER, 400 },
    { "another host's target", "GET http://evil/plain HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "a target that is not a path", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "CONNECT", "CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "a path without slash", "GET plain HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "%00 in the path", "GET /pl%00ain HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "%00 in the query", "GET /plain?a=%00 HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "a broken escape", "GET /pl%4 HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "a fragment", "GET /plain#a HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "a raw byte above 127 in the path", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "two spaces in the request line", "GET  /plain HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "a space behind the version", "GET /plain HTTP/1.1 \r\n" HOST "\r\n" INNER, 400 },
    { "HTTP/2.0", "GET /plain HTTP/2.0\r\n" HOST "\r\n" INNER, 400 },
    { "HTTP/1.10", "GET /plain HTTP/1.10\r\n" HOST "\r\n" INNER, 400 },
    { "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" INNER, 400 },
    { "a method in lower case", "get /plain HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "an unknown method", "FOO /plain HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "TLS", "\x16\x03\x01\x02\x00\x01\r\n\r\n" INNER, 400 },
    { "spaces first", "  GET /plain HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "two empty lines first", "\r\n\r\nGET /plain HTTP/1.1\r\n" HOST "\r\n" INNER, 400 },
    { "an unknown expectation", POST "Expect: a-miracle\r\n" LEN "\r\n" INNER, 417 },
    { "no length, though a type", POST "Content-Type: application/json\r\n\r\n" INNER, 411 },
};

static void attack(struct played *p, const char *what, const void *bytes, size_t n, int status)
{
    struct got g;

    talk(p, bytes, n, 3000, &g);
    if (g.answers != 1 || g.status != status || !g.closed || p->smuggled || !strstr(g.at, "Connection: close\r\n"))
        SAY("%s: %d answers, %d not %d, %s, %d smuggled: %.200s", what, g.answers, g.status, status,
            g.closed ? "closed" : "open", p->smuggled, g.at);
    p->smuggled = 0;
}

/* Twice: a thread's first connection finds an empty buffer, later ones another's bytes. */
TEST_WITHIN(a_broken_head_gets_one_answer_and_the_close, 120)
{
    struct played *p = play(cx, NULL);

    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < COUNT(broken); i++)
            attack(p, broken[i].what, broken[i].bytes, strlen(broken[i].bytes), broken[i].status);
}

TEST(a_length_behind_seventy_headers_is_not_overlooked)
{
    struct played *p = play(cx, NULL);
    struct text head = text_new(cx->arena, 4096, 16384);

    text_put(&head, POST);
    for (int i = 0; i < 70; i++)
        text_fmt(&head, "X-%d: a\r\n", i);
    text_put(&head, LEN "\r\n" INNER);
    attack(p, "70 headers", head.at, head.n, 431);
}

TEST(sixty_three_headers_are_served)
{
    struct played *p = play(cx, NULL);
    struct text head = text_new(cx->arena, 4096, 16384);
    struct got g;

    text_put(&head, GET);
    for (int i = 0; i < 62; i++)
        text_fmt(&head, "X-%d: a\r\n", i);
    text_put(&head, "\r\n");
    talk(p, head.at, head.n, 200, &g);
    CHECK_INT(g.status, 200);
}

TEST(a_raw_nul_is_refused)
{
    struct played *p = play(cx, NULL);
    static const char in_path[] = "GET /pl\0ain HTTP/1.1\r\n" HOST "\r\n" INNER;
    static const char in_value[] = GET "X: a\0b\r\n\r\n" INNER;

    attack(p, "NUL in the path", in_path, sizeof(in_path) - 1, 400);
    attack(p, "NUL in a value", in_value, sizeof(in_value) - 1, 400);
}

/* civetweb finds the end of the head in the two empty lines, and parses the head behind them: it would take the
 * head for the body, and the body for a request. */
TEST(a_head_behind_empty_lines_is_not_taken_for_a_body)
{
    struct played *p = play(cx, NULL);
    const char *firsts[] = { "\r\n\r\n", "\n\n", "\r\n\r\n              ", "\n\n                                              " };

    for (size_t i = 0; i < COUNT(firsts); i++) {
        const char *rest = "POST /body HTTP/1.1\r\n" HOST "Content-Length: 0000000\r\n\r\n";
        char *head = arena_fmt(cx->arena, "POST /body HTTP/1.1\r\n" HOST "Content-Length: %07zu\r\n\r\n",
                               strlen(firsts[i]) + strlen(rest));
        char *all = arena_fmt(cx->arena, "%s%s" INNER INNER INNER, firsts[i], head);
        attack(p, "empty lines first", all, strlen(all), 400);
    }
}

TEST(one_empty_line_before_a_request_is_overlooked)
{
    struct played *p = play(cx, NULL);
    struct got g;

    talk(p, "\r\n" GET "\r\n", strlen("\r\n" GET "\r\n"), 200, &g);
    CHECK_INT(g.status, 200);
}

TEST(a_length_in_the_first_header_is_believed_but_closes)
{
    struct played *p = play(cx, NULL);
    const char *all = "POST /body HTTP/1.1\r\n" LEN HOST "\r\n" INNER INNER;
    struct got g;

    talk(p, all, strlen(all), 1000, &g);
    CHECK_INT(g.answers, 1);
    CHECK_HAS(g.at, "\r\n\r\n" INNER);     /* the body, echoed */
    CHECK_INT(p->smuggled, 0);
    CHECK(g.closed);
}

/* What says it has no body may still be followed by one: it is never a request. */
TEST(a_post_without_length_and_type_is_served_empty_and_closed)
{
    struct played *p = play(cx, NULL);
    struct got g;

    talk(p, POST "\r\n" INNER, strlen(POST "\r\n" INNER), 1000, &g);
    CHECK_INT(g.answers, 1);
    CHECK_INT(g.status, 200);
    CHECK(g.closed);
    CHECK_INT(p->smuggled, 0);
}

TEST(a_body_nobody_read_is_never_a_request)
{
    struct played *p = play(cx, NULL);
    struct got g;
    const char *tries[] = { "GET /plain HTTP/1.1\r\n" HOST LEN "\r\n" INNER,
                            "POST /plain HTTP/1.1\r\n" HOST LEN "\r\n" INNER INNER,
                            "GET /plain HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n" INNER,
                            "POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n" INNER,
                            "POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" INNER,
                            "GET /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" INNER };

    for (size_t i = 0; i < COUNT(tries); i++) {
        talk(p, tries[i], strlen(tries[i]), 1000, &g);
        CHECK_INT(g.answers, 1);
        CHECK_INT(g.status, 200);
        CHECK(g.closed);
        CHECK_INT(p->smuggled, 0);
    }
}

TEST(http_1_0_is_served_and_closed)
{
    struct played *p = play(cx, NULL);
    const char *tries[] = { "GET /plain HTTP/1.0\r\n\r\n" INNER,
                            "GET /plain HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n" INNER };
    struct got g;

    for (size_t i = 0; i < COUNT(tries); i++) {
        talk(p, tries[i], strlen(tries[i]), 1000, &g);
        CHECK_INT(g.answers, 1);
        CHECK_INT(g.status, 200);
        CHECK(g.closed);
    }
    CHECK_INT(p->smuggled, 0);
}

TEST(a_head_too_large_is_431_and_a_line_too_long_414)
{
    struct played *p = play(cx, NULL);
    char *many = arena_get(cx->arena, 20001);
    struct got g;

    memset(many, 'a', 20000);
    char *head = arena_fmt(cx->arena, GET "X: %s\r\n\r\n", many), *line = arena_fmt(cx->arena, "GET /%s HTTP/1.1\r\n" HOST "\r\n", many);
    talk(p, head, strlen(head), 1000, &g);
    CHECK_INT(g.status, 431);
    talk(p, line, strlen(line), 1000, &g);
    CHECK_INT(g.status, 414);
    CHECK(g.closed);
}

TEST(a_path_arrives_as_it_was_sent)
{
    struct played *p = play(cx, NULL);
    const char *all = "GET /a/../%41%2f%2e?b=%41 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
    struct got g;

    talk(p, all, strlen(all), 1000, &g);
    CHECK_HAS(g.at, "\r\n\r\n/a/../%41%2f%2e");
}

TEST(pipelined_requests_are_answered_in_order)
{
    struct played *p = play(cx, NULL);
    const char *three = "GET /one HTTP/1.1\r\n" HOST "\r\nPOST /body HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\ntwo"
                        "GET /three?a=b HTTP/1.1\r\nConnection: close\r\n" HOST "\r\n" INNER;
    struct got g;

    talk(p, three, strlen(three), 1000, &g);
    CHECK_INT(g.answers, 3);
    const char *one = strstr(g.at, "/one"), *two = strstr(g.at, "two"), *last = strstr(g.at, "/three");
    CHECK(one && two && last && one < two && two < last);
    CHECK(g.closed);
    CHECK_INT(p->smuggled, 0);
}

TEST(a_connection_is_kept_for_clean_requests)
{
    struct played *p = play(cx, NULL);
    int fd = dial(p);
    struct got g;

    for (int i = 0; i < 50; i++) {
        say_text(fd, i % 2 ? GET "Connection: keep-alive\r\n\r\n" : POST "Content-Length: 4\r\n\r\nfour");
        CHECK(hear_until(fd, i % 2 ? "/plain" : "\r\n\r\nfour", 1000, &g));
        CHECK(!strstr(g.at, "Connection"));
    }
    CHECK_INT(p->served, 50);
    close(fd);
}

/* civetweb answers every preflight with permission for all, when it gets to see it. */
TEST(a_preflight_is_the_handlers)
{
    struct played *p = play(cx, NULL);
    const char *all = "OPTIONS /plain HTTP/1.1\r\n" HOST "Origin: http://evil\r\nAccess-Control-Request-Method: POST\r\n"
                      "Connection: close\r\n\r\n";
    struct got g;

    talk(p, all, strlen(all), 1000, &g);
    CHECK_INT(p->served, 1);
    CHECK_HAS(g.at, "\r\n\r\n/plain");
    CHECK(!strstr(g.at, "Access-Control"));
    CHECK(!strstr(g.at, "Server"));
}

TEST(an_upgrade_is_an_ordinary_request_here)
{
    struct played *p = play(cx, NULL);
    const char *all = GET "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" INNER;
    struct got g;

    talk(p, all, strlen(all), 1000, &g);
    CHECK_INT(g.answers, 1);
    CHECK_INT(g.status, 200);
    CHECK(g.closed);
}
