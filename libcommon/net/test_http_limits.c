/* What an answer may cost: time, bytes, and whom it may come from. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "net/http.h"
#include "net/test_script.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- what can go wrong --- */

TEST(cut_answers_are_not_answers)
{
    static const char *const cut[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", CHUNKED "5\r\nhello\r\n", CHUNKED "5\r\nhel", CHUNKED "5\r\nhello\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le", "", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", CHUNKED "zz\r\nhello\r\n0\r\n\r\n",
    };

    for (size_t i = 0; i < COUNT(cut); i++) {
        struct server *s = SERVER(PLAY(ANSWERS(cut[i])));
        struct http_ask ask = { .url = server_url(cx, s, "/") };
        struct http_answer a;
        err_t e = http_send(cx, &ask, &a);
        if (!e || e->code != E_ENGINE_DOWN)
            SAY("script %zu gives %s", i, e ? err_name(e->code) : "OK");
    }
}

TEST(resets_refusals_and_strange_protocols_are_told_apart)
{
    struct server *reset = SERVER(PLAY(TAKES, SAYS(CHUNKED "2\r\nab\r\n"), WAITS(20), RESETS));
    struct server *strange = SERVER(PLAY(ANSWERS("SSH-2.0-OpenSSH_9.2\r\n"), WAITS(100)));
    struct server *vast = SERVER(PLAY(TAKES, SAYS("HTTP/1.1 200 OK\r\n"), REPEATS(2000, "X-Filler: 0123456789012345678901234567890123456789\r\n")));
    struct http_ask ask = { .url = server_url(cx, reset, "/") };
    struct http_answer a;

    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_DOWN);
    ask.url = server_url(cx, strange, "/");
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    ask.url = server_url(cx, vast, "/");
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    ask.url = "http://127.0.0.1:1/";
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_DOWN);
    ask.url = "http://nowhere.invalid/";
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_DOWN);
}

TEST(a_cut_error_is_still_an_error_answer)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\npart")));
    struct http_ask ask = { .url = server_url(cx, s, "/") };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 503);
    CHECK_TEXT(a.body.at, "part");
}

static err_t hear(struct ctx *cx, void *with, const char *from, size_t n)
{
    (void)cx, (void)from;
    *(size_t *)with += n;
    return OK;
}

TEST(bodies_are_bounded)
{
    struct server *said = SERVER(PLAY(ANSWERS("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), REPEATS(100, "0123456789")));
    struct server *unsaid = SERVER(PLAY(TAKES, SAYS(CHUNKED), REPEATS(1000, "a\r\n0123456789\r\n"), SAYS("0\r\n\r\n")));
    struct server *error = SERVER(PLAY(TAKES, SAYS("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n"),
                                       REPEATS(20000, "a\r\n0123456789\r\n"), SAYS("0\r\n\r\n")));
    size_t heard = 0;
    struct http_ask ask = { .url = server_url(cx, said, "/"), .max_bytes = 999 };
    struct http_answer a;

    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    ask.max_bytes = 1000;
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.body.n, 1000);
    ask.url = server_url(cx, unsaid, "/");
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    ask.on = hear, ask.with = &heard;
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    CHECK(heard > 0 && heard <= 1000);
    ask.url = server_url(cx, error, "/");
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 500);
    CHECK_INT(a.body.n, 65536);
}

/* --- time --- */

static int64_t took_ms(struct ctx *cx, const struct http_ask *ask, enum err_code want)
{
    struct http_answer a;
    int64_t from = clock_ms();
    err_t e = http_send(cx, ask, &a);

    if (!e || e->code != want)
        SAY("%s (%s), not %s", e ? err_name(e->code) : "OK", e ? e->text : "", err_name(want));
    return clock_ms() - from;
}

TEST(each_kind_of_silence_has_its_limit)
{
    struct server *mute = SERVER(PLAY(TAKES, WAITS(10000)));
    struct server *stuck = SERVER(PLAY(TAKES, SAYS(CHUNKED "2\r\nab\r\n"), WAITS(10000)));
    struct http_ask ask = { .url = server_url(cx, mute, "/"), .first_byte_ms = 300, .idle_ms = 10000 };

    CHECK_WITHIN(took_ms(cx, &ask, E_TIMEOUT), 300, 600);
    ask = (struct http_ask){ .url = server_url(cx, stuck, "/"), .first_byte_ms = 10000, .idle_ms = 300 };
    CHECK_WITHIN(took_ms(cx, &ask, E_TIMEOUT), 300, 600);
}

/* A queue of one that is full: the kernel drops what comes, so connecting goes on for ever. */
TEST(a_connection_that_is_not_taken_is_given_up)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int port, fd = listen_somewhere(0, &port);

    to.sin_port = htons((uint16_t)port);
    for (int i = 0; i < 3; i++) {
        int filler = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(filler, (struct sockaddr *)&to, sizeof(to)))
            continue;
    }
    cx->http = http_open(cx->arena, 1);
    struct http_ask ask = { .url = arena_fmt(cx->arena, "http://127.0.0.1:%d/", port), .connect_ms = 300 };
    CHECK_WITHIN(took_ms(cx, &ask, E_ENGINE_DOWN), 300, 700);
    close(fd);
}

TEST(slow_is_not_silent)
{
    struct server *drip = SERVER(PLAY(TAKES, SAYS("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"), DRIPS(80, "slowly")));
    struct server *reader = SERVER(PLAY(TAKES_SLOWLY(5), SAYS(OK_HI)));
    size_t n = 16 << 20;       /* more than the kernel holds on the way */
    struct http_ask ask = { .url = server_url(cx, drip, "/"), .first_byte_ms = 200, .idle_ms = 200 };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_TEXT(a.body.at, "slowly");
    ask = (struct http_ask){ .verb = "POST", .url = server_url(cx, reader, "/"), .body = { arena_get(cx->arena, n), n }, .first_byte_ms = 900 };
    int64_t from = clock_ms();
    NEED_OK(http_send(cx, &ask, &a));
    CHECK(clock_ms() - from > 1000);
}

static void *stop_soon(void *with)
{
    clock_sleep_ms(450);
    __atomic_store_n((bool *)with, true, __ATOMIC_RELAXED);
    return NULL;
}

TEST(a_stop_and_a_deadline_are_noticed_at_once)
{
    struct server *mute = SERVER(PLAY(TAKES, WAITS(10000)));
    struct http_ask ask = { .url = server_url(cx, mute, "/") };
    bool stop = false;
    pthread_t thread;

    cx->stop = &stop;
    pthread_create(&thread, NULL, stop_soon, &stop);
    CHECK_WITHIN(took_ms(cx, &ask, E_CANCELLED), 450, 650);
    pthread_join(thread, NULL);
    CHECK_WITHIN(took_ms(cx, &ask, E_CANCELLED), 0, 100);
    cx->stop = NULL;
    cx->deadline_ms = clock_ms() + 250;
    CHECK_WITHIN(took_ms(cx, &ask, E_DEADLINE_PASSED), 240, 450);
    CHECK_WITHIN(took_ms(cx, &ask, E_DEADLINE_PASSED), 0, 100);
}

struct holder { struct ctx *cx; const struct http_ask *ask; };

static void *hold(void *with)
{
    struct holder *h = with;

    took_ms(h->cx, h->ask, E_TIMEOUT);
    return NULL;
}

TEST(who_finds_no_seat_waits_within_its_deadline)
{
    struct server *slow = SERVER(PLAY(TAKES, WAITS(10000)));
    struct ctx other = { .arena = arena_new() };
    struct http_ask ask = { .url = server_url(cx, slow, "/"), .first_byte_ms = 700 };
    pthread_t thread;

    cx->http = other.http = http_open(cx->arena, 1);
    other.deadline_ms = clock_ms() + 300;
    struct holder holder = { cx, &ask };
    pthread_create(&thread, NULL, hold, &holder);
    clock_sleep_ms(100);
    CHECK_WITHIN(took_ms(&other, &ask, E_DEADLINE_PASSED), 100, 400);
    pthread_join(thread, NULL);
    arena_free(other.arena);
}

/* --- who may be reached, and what may be told --- */

TEST(guarded_requests_do_not_reach_private_addresses)
{
    static const char *const hosts[] = { "127.0.0.1", "localhost", "2130706433", "0x7f.1", "0", "127.1", "[::1]", "[::ffff:127.0.0.1]",
                                         "0177.0.0.1", "[::]", "127.0.0.1.", "[64:ff9b::7f00:1]" };
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI), ANSWERS(OK_HI)));
    struct http_answer a;

    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct http_ask ask = { .url = arena_fmt(cx->arena, "http://%s:%d/", hosts[i], server_port(s)), .guarded = true, .connect_ms = 500 };
        err_t e = http_send(cx, &ask, &a);
        if (!e || (e->code != E_EGRESS_REFUSED && !(e->code == E_ENGINE_DOWN && strstr(e->text, "resolve"))))
            SAY("%s: %s", hosts[i], e ? err_name(e->code) : "OK");
    }
    CHECK_INT(server_connections(s), 0);
}

TEST(a_guarded_request_gets_no_connection_that_was_made_without_the_gate)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI), ANSWERS(OK_HI), ANSWERS(OK_HI)));
    struct http_ask ask = { .url = server_url(cx, s, "/") };
    struct http_answer a;

    for (int most = 1; most < 3; most++) {
        cx->http = http_open(cx->arena, most);
        ask.guarded = false;
        NEED_OK(http_send(cx, &ask, &a));
        ask.guarded = true;
        CHECK_FAILS(http_send(cx, &ask, &a), EGRESS_REFUSED);
    }
    CHECK_INT(server_requests(s), 2);
}

TEST(only_http_is_spoken)
{
    static const char *const urls[] = { "file:///etc/passwd", "gopher://127.0.0.1/", "dict://127.0.0.1/", "ftp://127.0.0.1/", "", "/etc/passwd",
                                        "127.0.0.1/x", "http://", "http://a b/", "http://h/\r\nX: y" };
    struct http_answer a;

    cx->http = http_open(cx->arena, 1);
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct http_ask ask = { .url = urls[i] };
        CHECK_FAILS(http_send(cx, &ask, &a), EGRESS_REFUSED);
    }
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")));
    struct http_ask ask = { .url = server_url(cx, s, "/"), .redirects = 3 };
    CHECK_FAILS(http_send(cx, &ask, &a), EGRESS_REFUSED);
}

TEST(a_proxy_of_the_environment_is_not_used)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI)));
    struct http_ask ask = { .url = server_url(cx, s, "/") };
    struct http_answer a;

    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    CHECK_OK(http_send(cx, &ask, &a));
}

TEST(no_secret_of_a_request_is_in_its_error)
{
    struct server *cut = SERVER(PLAY(ANSWERS("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")));
    struct server *mute = SERVER(PLAY(TAKES, WAITS(5000)));
    const char *const urls[] = {
        arena_fmt(cx->arena, "http://user:TOPSECRET@127.0.0.1:%d/p?key=TOPSECRET#TOPSECRET", server_port(cut)),
        arena_fmt(cx->arena, "http://user:TOPSECRET@127.0.0.1:%d/p?key=TOPSECRET", server_port(mute)),
        "http://TOPSECRET@127.0.0.1:1/?TOPSECRET", "ftp://TOPSECRET@127.0.0.1/?TOPSECRET", "http://TOPSECRET@bad host/",
    };
    struct http_answer a;

    for (size_t i = 0; i < COUNT(urls); i++) {
        struct http_ask ask = { .url = urls[i], .first_byte_ms = 100, .headers = (const char *const[]){ "x-api-key: TOPSECRET", NULL } };
        err_t e = http_send(cx, &ask, &a);
        if (!e || strstr(e->text, "SECRET"))
            SAY("%s: %s", urls[i], e ? e->text : "OK");
    }
    struct http_ask ask = { .url = urls[0], .headers = (const char *const[]){ "x-api-key: TOPSECRET\r\nX: y", NULL } };
    err_t e = http_send(cx, &ask, &a);
    CHECK(e && e->code == E_BUG && !strstr(e->text, "SECRET"));
}

/* --- TLS --- */

static pid_t tls_server(const char *dir, int port)
{
    pid_t pid = fork();

    if (pid)
        return pid;
    if (chdir(dir) || !freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
        _exit(1);
    if (!fork()) {
        execlp("openssl", "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k",
               "-out", "c", "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", NULL);
        _exit(1);
    }
    wait(NULL);
    char at[16];
    snprintf(at, sizeof(at), "%d", port);
    execlp("openssl", "openssl", "s_server", "-www", "-accept", at, "-key", "k", "-cert", "c", NULL);
    _exit(1);
}

TEST(a_certificate_nobody_vouches_for_is_refused)
{
    char dir[] = "/tmp/test-http-XXXXXX";
    int port, fd = listen_somewhere(1, &port), status;

    if (!mkdtemp(dir) || access("/usr/bin/openssl", X_OK))
        skip("no openssl");
    close(fd);
    pid_t pid = tls_server(dir, port);
    cx->http = http_open(cx->arena, 1);
    struct http_ask ask = { .url = arena_fmt(cx->arena, "https://localhost:%d/", port) };
    struct http_answer a;
    err_t e = NULL;
    for (int i = 0; i < 100 && !(e && strstr(e->text, "certificate")); i++, clock_sleep_ms(50)) {
        e = http_send(cx, &ask, &a);
        if (!e)
            break;
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    CHECK(e && e->code == E_ENGINE_DOWN && strstr(e->text, "certificate"));
    unlink(arena_fmt(cx->arena, "%s/k", dir)), unlink(arena_fmt(cx->arena, "%s/c", dir)), rmdir(dir);
}
