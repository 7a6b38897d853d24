/* The client against a server that plays scripts of raw bytes: each connection the next script, each
 * request the steps up to the next READ. */
#define _GNU_SOURCE
#include "test.h"

#include "base/clock.h"
#include "net/http.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the server --- */

enum act { END, READ, READ_SLOWLY, SEND, DRIP, WAIT, RESET };
struct step { enum act act; const char *bytes; int64_t ms; size_t n; };     /* n: how often to send them */
#define PLAY(...)            ((const struct step[]){ __VA_ARGS__, { .act = END } })
#define TAKES                { .act = READ }
#define TAKES_SLOWLY(ms_)    { .act = READ_SLOWLY, .ms = ms_ }
#define SAYS(text)           { .act = SEND, .bytes = text }
#define REPEATS(n_, text)    { .act = SEND, .bytes = text, .n = n_ }
#define DRIPS(ms_, text)     { .act = DRIP, .bytes = text, .ms = ms_ }
#define WAITS(ms_)           { .act = WAIT, .ms = ms_ }
#define RESETS               { .act = RESET }
#define ANSWERS(text)        TAKES, SAYS(text)

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

static int server_count(struct server *s, int *which)
{
    pthread_mutex_lock(&s->lock);
    int n = *which;
    pthread_mutex_unlock(&s->lock);
    return n;
}

static const char *server_seen(struct ctx *cx, struct server *s)
{
    pthread_mutex_lock(&s->lock);
    const char *seen = arena_text(cx->arena, s->seen, s->seen_n);
    pthread_mutex_unlock(&s->lock);
    return seen;
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

/* A listening socket on a free port of loopback. */
static int listen_somewhere(int backlog, int *port)
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

static struct server *server_start(struct ctx *cx, int n, const struct step *const *plays)
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
#define SERVER(...)  server_start(cx, (int)COUNT(((const struct step *const[]){ __VA_ARGS__ })), (const struct step *const[]){ __VA_ARGS__ })

static const char *at(struct ctx *cx, struct server *s, const char *path)
{
    return arena_fmt(cx->arena, "http://127.0.0.1:%d%s", s->port, path);
}

#define OK_HI  "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi"

/* --- requests and answers --- */

TEST(an_answer_comes_with_status_type_and_body)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI)));
    struct http_ask ask = { .url = at(cx, s, "/x?q=1") };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 200);
    CHECK_TEXT(a.type, "text/plain");
    CHECK_TEXT(a.body.at, "hi");
    CHECK_INT(a.body.n, 2);
    CHECK_TEXT(a.effective_url, ask.url);
    CHECK_HAS(server_seen(cx, s), "GET /x?q=1 HTTP/1.1\r\n");
    CHECK_HAS(server_seen(cx, s), "User-Agent: palabre/");
    CHECK(!strcasestr(server_seen(cx, s), "accept-encoding") && !strcasestr(server_seen(cx, s), "content-type"));
}

TEST(a_request_is_sent_as_asked)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI), ANSWERS(OK_HI), ANSWERS("HTTP/1.1 204 No Content\r\n\r\n"), ANSWERS(OK_HI)));
    struct http_ask ask = { .verb = "POST", .url = at(cx, s, "/p"), .type = "application/json", .body = { "{\"a\":1}", 7 },
                            .headers = (const char *const[]){ "Authorization: Bearer sk-test", NULL } };
    struct http_answer a;

    snprintf(cx->trace, sizeof(cx->trace), "%032d", 7);
    snprintf(cx->span, sizeof(cx->span), "%016d", 9);
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_HAS(server_seen(cx, s), "POST /p HTTP/1.1\r\n");
    CHECK_HAS(server_seen(cx, s), "Authorization: Bearer sk-test\r\n");
    CHECK_HAS(server_seen(cx, s), "Content-Type: application/json\r\n");
    CHECK_HAS(server_seen(cx, s), "traceparent: 00-00000000000000000000000000000007-");
    CHECK_HAS(server_seen(cx, s), "\r\n\r\n{\"a\":1}");
    CHECK(!strcasestr(server_seen(cx, s), "Expect:"));

    ask = (struct http_ask){ .verb = "PUT", .url = at(cx, s, "/empty") };
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_HAS(server_seen(cx, s), "PUT /empty HTTP/1.1\r\n");
    CHECK_HAS(server_seen(cx, s), "Content-Length: 0\r\n");
    CHECK(!strstr(server_seen(cx, s), "application/x-www-form-urlencoded"));

    ask = (struct http_ask){ .verb = "DELETE", .url = at(cx, s, "/gone") };
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 204);
    CHECK_TEXT(a.body.at, "");
    CHECK_HAS(server_seen(cx, s), "DELETE /gone HTTP/1.1\r\n");

    ask = (struct http_ask){ .verb = "HEAD", .url = at(cx, s, "/head") };
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_HAS(server_seen(cx, s), "HEAD /head HTTP/1.1\r\n");
    CHECK_INT(server_count(s, &s->connections), 1);
}

TEST(a_form_is_sent_with_its_files)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI)));
    const char *path = arena_fmt(cx->arena, "/tmp/test-http-%d", (int)getpid());
    struct http_part parts[] = {
        { .name = "model", .body = { "whisper", 7 } },
        { .name = "file", .filename = "a\"b.wav", .type = "audio/wav", .body = { "RI\0F", 4 } },
        { .name = "disk", .filename = "c.txt", .path = path },
    };
    struct http_ask ask = { .verb = "POST", .url = at(cx, s, "/"), .parts = parts, .parts_n = COUNT(parts) };
    struct http_answer a;
    FILE *file = fopen(path, "w");

    fputs("from disk", file);
    fclose(file);
    NEED_OK(http_send(cx, &ask, &a));
    unlink(path);
    const char *seen = server_seen(cx, s);
    CHECK_HAS(seen, "Content-Type: multipart/form-data; boundary=");
    CHECK_HAS(seen, "name=\"model\"\r\n\r\nwhisper\r\n");
    CHECK_HAS(seen, "name=\"file\"; filename=\"a%22b.wav\"\r\nContent-Type: audio/wav\r\n\r\nRI");
    CHECK(memmem(s->seen, s->seen_n, "from disk", 9) != NULL);
    CHECK_FAILS(http_send(cx, &ask, &a), BLOB_DOWN);        /* the file is gone */
}

TEST(connections_are_kept_alive)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI), ANSWERS(OK_HI), ANSWERS("HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\nx"), ANSWERS(OK_HI)));
    struct http_ask ask = { .url = at(cx, s, "/") };
    struct http_answer a;

    for (int i = 0; i < 4; i++)
        NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(server_count(s, &s->connections), 1);
    CHECK_INT(server_count(s, &s->requests), 4);
}

TEST(an_error_is_an_answer_with_its_headers)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 429 Slow\r\nRetry-After: 2\r\nContent-Length: 25\r\n\r\n{\"message\":\"sk-secret 1\"}")));
    struct http_ask ask = { .url = at(cx, s, "/"), .headers = (const char *const[]){ "x-api-key: sk-secret", NULL } };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    err_t e = http_check(cx, "it", &a);
    CHECK(e && e->code == E_ENGINE_BUSY && e->retry_after_ms == 2000);
    CHECK_TEXT(e->text, "it answered 429: ********* 1");
}

TEST(interim_answers_are_passed_over)
{
    struct server *s = SERVER(PLAY(TAKES, SAYS("HTTP/1.1 103 Early Hints\r\nContent-Type: x/y\r\nRetry-After: 9\r\n\r\n"),
                                   WAITS(300), SAYS(OK_HI)));
    struct http_ask ask = { .url = at(cx, s, "/"), .first_byte_ms = 2000, .idle_ms = 150 };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 200);
    CHECK_TEXT(a.type, "text/plain");
    CHECK_INT(a.retry_after_ms, 0);
}

/* --- streams --- */

struct heard { struct text text; int calls, fail_at; };

static err_t hear(struct ctx *cx, void *with, const char *from, size_t n)
{
    struct heard *h = with;

    text_add(&h->text, from, n);
    return ++h->calls == h->fail_at ? fail(cx, INPUT_INVALID, "enough") : OK;
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

TEST(a_stream_is_handed_on_as_it_comes)
{
    struct server *s = SERVER(PLAY(TAKES, SAYS(CHUNKED "2\r\nab\r\n"), WAITS(50), SAYS("1\r\nc\r\n"),
                                   WAITS(50), SAYS("0\r\n\r\n")));
    struct heard h = { .text = text_new(cx->arena, 64, 4096) };
    struct http_ask ask = { .url = at(cx, s, "/"), .on = hear, .with = &h };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_TEXT(h.text.at, "abc");
    CHECK_INT(h.calls, 2);
    CHECK_INT(a.body.n, 0);
}

TEST(a_listener_that_fails_ends_the_transfer)
{
    struct server *s = SERVER(PLAY(TAKES, SAYS(CHUNKED "2\r\nab\r\n"), WAITS(50), SAYS("1\r\nc\r\n"), WAITS(5000)));
    struct heard h = { .text = text_new(cx->arena, 64, 4096), .fail_at = 1 };
    struct http_ask ask = { .url = at(cx, s, "/"), .on = hear, .with = &h };
    struct http_answer a;

    CHECK_FAILS(http_send(cx, &ask, &a), INPUT_INVALID);
    CHECK_INT(h.calls, 1);
}

TEST(an_error_is_not_streamed)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\nbad")));
    struct heard h = { .text = text_new(cx->arena, 64, 4096) };
    struct http_ask ask = { .url = at(cx, s, "/"), .on = hear, .with = &h };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_TEXT(a.body.at, "bad");
    CHECK_INT(h.calls, 0);
}

/* --- what can go wrong --- */

TEST(cut_answers_are_not_answers)
{
    static const char *const cut[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", CHUNKED "5\r\nhello\r\n", CHUNKED "5\r\nhel", CHUNKED "5\r\nhello\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le", "", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", CHUNKED "zz\r\nhello\r\n0\r\n\r\n",
    };

    for (size_t i = 0; i < COUNT(cut); i++) {
        struct server *s = SERVER(PLAY(ANSWERS(cut[i])));
        struct http_ask ask = { .url = at(cx, s, "/") };
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
    struct http_ask ask = { .url = at(cx, reset, "/") };
    struct http_answer a;

    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_DOWN);
    ask.url = at(cx, strange, "/");
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    ask.url = at(cx, vast, "/");
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    ask.url = "http://127.0.0.1:1/";
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_DOWN);
    ask.url = "http://nowhere.invalid/";
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_DOWN);
}

TEST(a_cut_error_is_still_an_error_answer)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\npart")));
    struct http_ask ask = { .url = at(cx, s, "/") };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 503);
    CHECK_TEXT(a.body.at, "part");
}

TEST(bodies_are_bounded)
{
    struct server *said = SERVER(PLAY(ANSWERS("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), REPEATS(100, "0123456789")));
    struct server *unsaid = SERVER(PLAY(TAKES, SAYS(CHUNKED), REPEATS(1000, "a\r\n0123456789\r\n"), SAYS("0\r\n\r\n")));
    struct server *error = SERVER(PLAY(TAKES, SAYS("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n"),
                                       REPEATS(20000, "a\r\n0123456789\r\n"), SAYS("0\r\n\r\n")));
    struct heard h = { .text = text_new(cx->arena, 64, 1 << 20) };
    struct http_ask ask = { .url = at(cx, said, "/"), .max_bytes = 999 };
    struct http_answer a;

    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    ask.max_bytes = 1000;
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.body.n, 1000);
    ask.url = at(cx, unsaid, "/");
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    ask.on = hear, ask.with = &h;
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_BROKEN);
    CHECK(h.text.n <= 1000);
    ask.url = at(cx, error, "/");
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
#define CHECK_WITHIN(ms_, from_, to_)                                                              \
    do { int64_t m_ = (ms_);                                                                       \
         if (m_ < (from_) || m_ > (to_)) SAY("%s: %lld ms", #ms_, (long long)m_); } while (0)

TEST(each_kind_of_silence_has_its_limit)
{
    struct server *mute = SERVER(PLAY(TAKES, WAITS(10000)));
    struct server *stuck = SERVER(PLAY(TAKES, SAYS(CHUNKED "2\r\nab\r\n"), WAITS(10000)));
    struct http_ask ask = { .url = at(cx, mute, "/"), .first_byte_ms = 300, .idle_ms = 10000 };

    CHECK_WITHIN(took_ms(cx, &ask, E_TIMEOUT), 300, 600);
    ask = (struct http_ask){ .url = at(cx, stuck, "/"), .first_byte_ms = 10000, .idle_ms = 300 };
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
    struct http_ask ask = { .url = at(cx, drip, "/"), .first_byte_ms = 200, .idle_ms = 200 };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_TEXT(a.body.at, "slowly");
    ask = (struct http_ask){ .verb = "POST", .url = at(cx, reader, "/"), .body = { arena_get(cx->arena, n), n }, .first_byte_ms = 900 };
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
    struct http_ask ask = { .url = at(cx, mute, "/") };
    bool stop = false;
    pthread_t thread;

    cx->stop = &stop;
    pthread_create(&thread, NULL, stop_soon, &stop);
    CHECK_WITHIN(took_ms(cx, &ask, E_CANCELLED), 450, 650);
    pthread_join(thread, NULL);
    CHECK_WITHIN(took_ms(cx, &ask, E_CANCELLED), 0, 50);
    cx->stop = NULL;
    cx->deadline_ms = clock_ms() + 250;
    CHECK_WITHIN(took_ms(cx, &ask, E_DEADLINE_PASSED), 240, 450);
    CHECK_WITHIN(took_ms(cx, &ask, E_DEADLINE_PASSED), 0, 50);
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
    struct http_ask ask = { .url = at(cx, slow, "/"), .first_byte_ms = 700 };
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
        struct http_ask ask = { .url = arena_fmt(cx->arena, "http://%s:%d/", hosts[i], s->port), .guarded = true, .connect_ms = 500 };
        err_t e = http_send(cx, &ask, &a);
        if (!e || (e->code != E_EGRESS_REFUSED && !(e->code == E_ENGINE_DOWN && strstr(e->text, "resolve"))))
            SAY("%s: %s", hosts[i], e ? err_name(e->code) : "OK");
    }
    CHECK_INT(server_count(s, &s->connections), 0);
}

TEST(a_guarded_request_gets_no_connection_that_was_made_without_the_gate)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI), ANSWERS(OK_HI), ANSWERS(OK_HI)));
    struct http_ask ask = { .url = at(cx, s, "/") };
    struct http_answer a;

    for (int most = 1; most < 3; most++) {
        cx->http = http_open(cx->arena, most);
        ask.guarded = false;
        NEED_OK(http_send(cx, &ask, &a));
        ask.guarded = true;
        CHECK_FAILS(http_send(cx, &ask, &a), EGRESS_REFUSED);
    }
    CHECK_INT(server_count(s, &s->requests), 2);
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
    struct http_ask ask = { .url = at(cx, s, "/"), .redirects = 3 };
    CHECK_FAILS(http_send(cx, &ask, &a), EGRESS_REFUSED);
}

TEST(a_proxy_of_the_environment_is_not_used)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI)));
    struct http_ask ask = { .url = at(cx, s, "/") };
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
        arena_fmt(cx->arena, "http://user:TOPSECRET@127.0.0.1:%d/p?key=TOPSECRET#TOPSECRET", cut->port),
        arena_fmt(cx->arena, "http://user:TOPSECRET@127.0.0.1:%d/p?key=TOPSECRET", mute->port),
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

/* --- redirects and repeats --- */

TEST(redirects_are_followed_as_often_as_allowed)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 302 F\r\nLocation: /two?x=1\r\nContent-Length: 0\r\n\r\n"),
                                   ANSWERS("HTTP/1.1 307 F\r\nLocation: three\r\nContent-Length: 0\r\n\r\n"), ANSWERS(OK_HI)));
    struct http_ask ask = { .url = at(cx, s, "/one"), .redirects = 2, .headers = (const char *const[]){ "x-api-key: k", NULL } };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 200);
    CHECK_TEXT(a.effective_url, at(cx, s, "/three"));
    CHECK_HAS(server_seen(cx, s), "GET /three HTTP/1.1\r\nHost: ");
    CHECK_HAS(strstr(server_seen(cx, s), "GET /three"), "x-api-key: k");
    CHECK_INT(server_count(s, &s->connections), 1);

    struct server *endless = SERVER(PLAY(ANSWERS("HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")));
    ask.url = at(cx, endless, "/");
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 302);
    CHECK_INT(server_count(endless, &endless->requests), 3);
    CHECK_FAILS(http_check(cx, "it", &a), ENGINE_REFUSED);
}

TEST(credentials_and_bodies_do_not_follow_to_another_host)
{
    struct server *other = SERVER(PLAY(ANSWERS(OK_HI)));
    const char *see_other = arena_fmt(cx->arena, "HTTP/1.1 303 S\r\nLocation: http://127.0.0.1:%d/there\r\nContent-Length: 0\r\n\r\n", other->port);
    const char *temporary = arena_fmt(cx->arena, "HTTP/1.1 307 T\r\nLocation: http://127.0.0.1:%d/there\r\nContent-Length: 0\r\n\r\n", other->port);
    struct server *s = SERVER(PLAY(TAKES, SAYS(see_other)), PLAY(TAKES, SAYS(temporary)));
    struct http_ask ask = { .verb = "POST", .url = at(cx, s, "/"), .redirects = 1, .type = "text/plain", .body = { "MYBODY", 6 },
                            .headers = (const char *const[]){ "Authorization: Bearer SECRET", "xi-api-key: SECRET", "Accept: a/b", NULL } };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 200);
    const char *seen = server_seen(cx, other);
    CHECK_HAS(seen, "GET /there HTTP/1.1");
    CHECK_HAS(seen, "Accept: a/b");
    CHECK(!strstr(seen, "SECRET") && !strstr(seen, "MYBODY") && !strstr(seen, "Content-Type"));

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 307);
    CHECK_INT(server_count(other, &other->requests), 1);
}

TEST(what_is_not_idempotent_is_sent_once)
{
    const struct step *lost = PLAY(ANSWERS(OK_HI), TAKES);
    struct server *s = SERVER(lost, PLAY(ANSWERS(OK_HI))), *t = SERVER(lost, PLAY(ANSWERS(OK_HI)));
    struct http_ask ask = { .verb = "POST", .url = at(cx, s, "/"), .body = { "x", 1 } };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_DOWN);
    CHECK_INT(server_count(s, &s->requests), 2);
    NEED_OK(http_send(cx, &ask, &a));

    ask = (struct http_ask){ .url = at(cx, t, "/") };
    NEED_OK(http_send(cx, &ask, &a));
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(server_count(t, &t->requests), 3);
}

/* --- many at once --- */

struct crowd { struct http *http; const char *url; int failed; };

static void *ask_often(void *with)
{
    struct crowd *c = with;

    for (int i = 0; i < 100; i++) {
        struct ctx cx = { .arena = arena_new(), .http = c->http };
        struct http_ask ask = { .url = c->url };
        struct http_answer a;
        err_t e = http_send(&cx, &ask, &a);
        if (e || strcmp(a.body.at, "hi"))
            __atomic_fetch_add(&c->failed, 1, __ATOMIC_RELAXED);
        arena_free(cx.arena);
    }
    return NULL;
}

TEST(many_threads_share_the_seats)
{
    struct step play[201] = { 0 };
    pthread_t threads[8];

    for (int i = 0; i < 200; i++)
        play[i] = i % 2 ? (struct step)SAYS(OK_HI) : (struct step)TAKES;
    struct server *s = SERVER(play);
    struct crowd c = { http_open(cx->arena, 3), at(cx, s, "/"), 0 };
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, ask_often, &c);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(c.failed, 0);
    CHECK(server_count(s, &s->connections) < 40);
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
