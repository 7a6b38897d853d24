/* Bodies, answers, files, streams. */
#define _GNU_SOURCE
#include "edge/test_edge_client.h"
#include "base/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOST  "Host: x\r\n"
#define GET(path)  "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define LAST(path) "GET " path " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
#define ASK(p, text, wait_ms, g) talk((p), (text), strlen(text), (wait_ms), (g))

TEST(a_handler_may_use_150_kb_of_stack)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, LAST("/stack"), 1000, &g);
    CHECK_HAS(g.at, "\r\n\r\ndeep");
}

/* --- bodies --- */

TEST(a_body_is_read_whole_sized_or_in_chunks)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 5 \r\nConnection: close\r\n\r\nabcde", 1000, &g);
    CHECK_HAS(g.at, "\r\n\r\nabcde");
    ASK(p, "POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n", 1000, &g);
    CHECK_HAS(g.at, "Content-Length: 13\r\n");
    CHECK_HAS(g.at, "\r\n\r\nabc0123456789");
    ASK(p, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 0\r\nConnection: close\r\n\r\n", 1000, &g);
    CHECK_HAS(g.at, "Content-Length: 0\r\n");
    ASK(p, "POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1000, &g);
    CHECK_INT(g.status, 200);
}

/* Nothing of the body is sent: the answer comes from the head alone, and no 100 Continue invites it. */
TEST(a_body_announced_too_large_is_refused_before_it_comes)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n", 1000, &g);
    CHECK_INT(g.status, 413);
    CHECK(!strstr(g.at, "100 Continue"));
    CHECK_HAS(g.at, "Connection: close\r\n");
    CHECK(g.closed && g.ms < 800);
}

TEST(a_chunked_body_is_bounded)
{
    struct played *p = play(cx, NULL);
    int fd = dial(p);
    char block[1000] = "";
    struct got g;

    say_text(fd, "POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 200; i++) {
        say_text(fd, "3e8\r\n");
        say(fd, block, sizeof(block));
        say_text(fd, "\r\n");
    }
    hear(fd, 1000, &g);
    CHECK_INT(g.status, 413);
    CHECK(g.closed);
    close(fd);
}

/* An early close would reset the connection, and not every system then still gives the client its answer. */
TEST(a_client_still_sending_reads_why_it_was_refused)
{
    struct played *p = play(cx, NULL);
    char *much = arena_get(cx->arena, 2000000);
    struct got g;

    for (int i = 0; i < 20; i++) {
        int fd = dial(p);
        say_text(fd, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 2000000\r\n\r\n");
        CHECK(say(fd, much, 2000000));
        hear(fd, 1000, &g);
        CHECK_INT(g.status, 413);
        CHECK(g.closed);
        close(fd);
    }
}

TEST(continue_is_said_when_the_body_will_be_read_and_only_then)
{
    struct played *p = play(cx, NULL);
    int fd = dial(p);
    struct got g;

    say_text(fd, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n");
    CHECK(hear_until(fd, "HTTP/1.1 100 Continue\r\n\r\n", 1000, &g));
    say_text(fd, "abcde");
    CHECK(hear_until(fd, "\r\n\r\nabcde", 1000, &g));
    close(fd);
    ASK(p, "POST /plain HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", 1000, &g);
    CHECK_INT(g.status, 200);
    CHECK(!strstr(g.at, "100 Continue"));
    CHECK(g.closed);
    ASK(p, "POST /body HTTP/1.0\r\n" HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\nab", 1000, &g);
    CHECK(!strstr(g.at, "100 Continue"));
    CHECK_HAS(g.at, "\r\n\r\nab");
}

TEST(a_body_cut_short_is_the_clients_fault)
{
    struct played *p = play(cx, NULL);
    const char *heads[] = { "POST /body HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nabc",
                            "POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
                            "POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n" };
    struct got g;

    for (size_t i = 0; i < COUNT(heads); i++) {
        int fd = dial(p);
        p->body_error = -2;
        say_text(fd, heads[i]);
        shutdown(fd, SHUT_WR);
        hear(fd, 1000, &g);
        CHECK_INT(p->body_error, E_REQUEST_BROKEN);
        CHECK_INT(g.status, 400);
        close(fd);
    }
}

static long resident_kb(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (!f || fscanf(f, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

TEST_WITHIN(two_hundred_megabytes_stream_through_flat_memory, 60)
{
    struct played *p = play(cx, NULL);
    static char block[1 << 20];
    struct got g;
    int fd = dial(p);

    long before_kb = resident_kb();
    say_text(fd, "POST /count HTTP/1.1\r\n" HOST "Content-Length: 209715200\r\n\r\n");
    for (int i = 0; i < 200; i++)
        say(fd, block, sizeof(block));
    CHECK(hear_until(fd, "\r\n\r\n209715200", 20000, &g));
    CHECK(resident_kb() - before_kb < 8192);
    say_text(fd, GET("/plain"));            /* and the connection is still good */
    CHECK(hear_until(fd, "/plain", 1000, &g));
    close(fd);
}

/* --- answers --- */

TEST(head_gets_the_head_of_the_answer)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, "HEAD /plain HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 1000, &g);
    CHECK_INT(g.status, 200);
    CHECK_HAS(g.at, "Content-Length: 6\r\n");
    CHECK(g.n > 4 && !strcmp(g.at + g.n - 4, "\r\n\r\n"));
}

TEST(an_answer_without_body_has_no_length)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, LAST("/empty"), 1000, &g);
    CHECK_INT(g.status, 204);
    CHECK(!strstr(g.at, "Content-Length") && !strstr(g.at, "never"));
}

TEST(an_answer_has_a_date_tells_what_it_took_and_names_no_server)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, LAST("/plain"), 1000, &g);
    CHECK(!strncmp(g.at, "HTTP/1.1 200 OK\r\nDate: ", 23));
    CHECK_HAS(g.at, "\r\nX-Response-Time: 0.");
    CHECK(!strstr(g.at, "Server"));
}

TEST(a_header_with_a_line_end_in_it_becomes_an_empty_500)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, GET("/bad"), 1000, &g);
    CHECK_INT(g.status, 500);
    CHECK_INT(g.answers, 1);
    CHECK(!strstr(g.at, "X-Bad") && !strstr(g.at, "X-More") && !strstr(g.at, "body"));
    CHECK(g.closed);
}

TEST(a_handler_answers_exactly_once)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, LAST("/none"), 1000, &g);
    CHECK_INT(g.status, 500);
    ASK(p, LAST("/twice"), 1000, &g);
    CHECK_INT(g.answers, 1);
    CHECK_HAS(g.at, "first");
}

/* 20 MB do not fit the socket's buffers; the client takes nothing. The place must come back. */
TEST(a_client_that_reads_nothing_gives_its_place_back)
{
    struct played *p = play(cx, &(struct edge_settings){ .body_ms = 500, .body_bytes_per_ms = 100000 });
    int fd = dial(p), small = 4096;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    say_text(fd, GET("/large?64"));
    say_text(fd, GET("/large?20000"));
    clock_sleep_ms(300);
    CHECK_INT(edge_connections(p->edge), 1);
    clock_sleep_ms(1000);
    CHECK_INT(edge_connections(p->edge), 0);
    close(fd);
}

static char *file_of(struct ctx *cx, size_t n)
{
    char *path = arena_text(cx->arena, "/tmp/edge-XXXXXX", 16), *all = arena_get(cx->arena, n + 1);
    int fd = mkstemp(path);

    for (size_t i = 0; i < n; i++)
        all[i] = (char)('a' + i % 26);
    if (write(fd, all, n) != (ssize_t)n)
        SAY("cannot write %s", path);
    close(fd);
    return path;
}

TEST(a_file_is_sent_from_where_it_is_asked)
{
    struct played *p = play(cx, NULL);
    struct got g;

    p->file = file_of(cx, 30);
    ASK(p, LAST("/file?0"), 1000, &g);
    CHECK_HAS(g.at, "Content-Length: 30\r\n");
    CHECK_HAS(g.at, "\r\n\r\nabcdefghijklmnopqrstuvwxyzabcd");
    ASK(p, LAST("/file?27"), 1000, &g);
    CHECK_INT(g.status, 206);
    CHECK_HAS(g.at, "\r\n\r\nbcd");
    ASK(p, "HEAD /file?27 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 1000, &g);
    CHECK_HAS(g.at, "Content-Length: 3\r\n");
    CHECK(!strstr(g.at, "bcd"));
    unlink(p->file);
}

TEST(a_file_that_is_shorter_than_promised_closes)
{
    struct played *p = play(cx, NULL);
    struct got g;

    p->file = file_of(cx, 30);
    ASK(p, GET("/file?20+"), 400, &g);      /* keep_alive_ms is 500 */
    CHECK_INT(g.status, 206);
    CHECK_HAS(g.at, "Content-Length: 1010\r\n");
    CHECK(g.closed);
    unlink(p->file);
}

TEST(a_large_file_arrives_whole)
{
    struct played *p = play(cx, NULL);
    char room[65536], last = 0;
    size_t all = 0;
    ssize_t n;

    p->file = file_of(cx, 10000000);
    int fd = dial(p);
    say_text(fd, LAST("/file?0"));
    while ((n = recv(fd, room, sizeof(room), 0)) > 0) {
        all += (size_t)n;
        last = room[n - 1];
    }
    CHECK(all > 10000000 && all < 10000500);
    CHECK_INT(last, 'a' + 9999999 % 26);
    close(fd);
    unlink(p->file);
}

/* civetweb looks for /.htpasswd before it calls a handler, and asks for a digest when that file is there. */
static atomic_int looks_for_passwords;

int stat(const char *restrict path, struct stat *restrict about)
{
    looks_for_passwords += strstr(path, "htpasswd") != NULL;
    return fstatat(AT_FDCWD, path, about, 0);
}

TEST(no_password_file_is_looked_for)
{
    struct played *p = play(cx, NULL);
    struct stat about;
    struct got g;

    stat("/.htpasswd", &about);
    CHECK_INT(looks_for_passwords, 1);          /* the trap works */
    ASK(p, LAST("/plain"), 1000, &g);
    CHECK_INT(g.status, 200);
    ASK(p, LAST("/nothing"), 1000, &g);
    ASK(p, "PUT /plain HTTP/1.1\r\n" HOST "Content-Length: 0\r\nConnection: close\r\n\r\n", 1000, &g);
    CHECK_INT(looks_for_passwords, 1);
}

/* --- streams --- */

TEST(a_stream_comes_in_chunks_as_it_is_written)
{
    struct played *p = play(cx, NULL);
    struct got g;

    ASK(p, GET("/stream?0"), 1000, &g);
    CHECK_HAS(g.at, "Transfer-Encoding: chunked\r\n");
    CHECK_HAS(g.at, "\r\n\r\n8\r\nevent 0\n\r\n8\r\nevent 1\n\r\n8\r\nevent 2\n\r\n0\r\n\r\n");
    CHECK(!strstr(g.at, "Content-Length"));
    ASK(p, "GET /stream?0 HTTP/1.0\r\n\r\n", 1000, &g);
    CHECK_HAS(g.at, "\r\n\r\nevent 0\nevent 1\nevent 2\n");
    CHECK(!strstr(g.at, "chunked"));
    ASK(p, "HEAD /stream?0 HTTP/1.1\r\n" HOST "\r\n", 1000, &g);
    CHECK_INT(g.status, 200);
    CHECK(!strstr(g.at, "event 0"));
}

TEST(a_connection_goes_on_behind_the_end_of_a_stream_and_ends_with_one_that_was_left)
{
    struct played *p = play(cx, NULL);
    struct got g;
    int fd = dial(p);

    say_text(fd, GET("/stream?0"));
    CHECK(hear_until(fd, "0\r\n\r\n", 1000, &g));
    say_text(fd, LAST("/plain"));
    hear(fd, 1000, &g);
    CHECK_INT(g.status, 200);
    CHECK(g.closed);
    close(fd);
    ASK(p, LAST("/stream?0"), 1000, &g);
    CHECK_HAS(g.at, "Connection: close\r\n");
    CHECK(g.closed);
    fd = dial(p);
    say_text(fd, GET("/stream?0q"));            /* left without its end */
    hear(fd, 1000, &g);
    CHECK(g.closed);
    CHECK(!strstr(g.at, "\r\n0\r\n\r\n"));
    close(fd);
}

/* Every piece of /tries in order, `before` bytes of framing ahead of each and `after` behind it. */
static int tries_heard(int fd, size_t before, size_t after)
{
    char head[2048] = "", piece[1100];
    size_t n = 0, all = before + 1000 + after;
    int i = 0;

    while (n < sizeof(head) - 1 && !strstr(head, "\r\n\r\n") && recv(fd, head + n, 1, 0) == 1)
        n++;
    for (; i < TRIED && recv(fd, piece, all, MSG_WAITALL) == (ssize_t)all; i++)
        if (strtol(piece + before, NULL, 10) != i || piece[before + 999] != '\n')
            break;
    return i;
}

TEST(pieces_that_are_sent_without_waiting_come_whole_and_in_order)
{
    struct played *p = play(cx, NULL);
    int chunked = dial(p);

    say_text(chunked, GET("/tries"));
    clock_sleep_ms(300);                        /* its buffers are full by now */
    CHECK_INT(tries_heard(chunked, 5, 2), TRIED);
    CHECK(p->tries_cut > 0);
    close(chunked);

    int plain = dial(p), cut = p->tries_cut;
    say_text(plain, "GET /tries HTTP/1.0\r\n\r\n");
    clock_sleep_ms(300);
    CHECK_INT(tries_heard(plain, 0, 0), TRIED);
    CHECK(p->tries_cut > cut);
    close(plain);
}

TEST(a_stream_learns_that_its_client_has_gone)
{
    struct played *p = play(cx, NULL);
    int fd = dial(p);
    struct got g;

    say_text(fd, GET("/stream?300"));
    CHECK(hear_until(fd, "event 1", 1000, &g));
    CHECK_INT(p->streams_ended, 0);
    close(fd);
    clock_sleep_ms(450);                    /* at its next write, not at the one after */
    CHECK_INT(p->streams_ended, 1);
    CHECK_INT(edge_connections(p->edge), 0);
}

TEST(streams_are_limited_and_their_places_come_back)
{
    struct played *p = play(cx, NULL);
    int one = dial(p), two = dial(p);
    struct got g;

    say_text(one, GET("/stream?50"));
    say_text(two, GET("/stream?50"));
    CHECK(hear_until(one, "event 0", 1000, &g) && hear_until(two, "event 0", 1000, &g));
    ASK(p, LAST("/stream?50"), 1000, &g);
    CHECK_INT(g.status, 503);
    CHECK_HAS(g.at, "Retry-After: 1\r\n");
    CHECK_HAS(g.at, "OVERLOADED");
    ASK(p, LAST("/plain"), 1000, &g);
    CHECK_INT(g.status, 200);
    close(one);
    clock_sleep_ms(200);
    ASK(p, LAST("/stream?0"), 1000, &g);
    CHECK_INT(g.status, 200);
    close(two);
}
