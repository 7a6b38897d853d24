#define _GNU_SOURCE
#include "net/http.h"
#include "net/test_script.h"

#include <pthread.h>
#include <unistd.h>

/* --- requests and answers --- */

TEST(an_answer_comes_with_status_type_and_body)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI)));
    struct http_ask ask = { .url = server_url(cx, s, "/x?q=1") };
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
    struct http_ask ask = { .verb = "POST", .url = server_url(cx, s, "/p"), .type = "application/json", .body = { "{\"a\":1}", 7 },
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

    ask = (struct http_ask){ .verb = "PUT", .url = server_url(cx, s, "/empty") };
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_HAS(server_seen(cx, s), "PUT /empty HTTP/1.1\r\n");
    CHECK_HAS(server_seen(cx, s), "Content-Length: 0\r\n");
    CHECK(!strstr(server_seen(cx, s), "application/x-www-form-urlencoded"));

    ask = (struct http_ask){ .verb = "DELETE", .url = server_url(cx, s, "/gone") };
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 204);
    CHECK_TEXT(a.body.at, "");
    CHECK_HAS(server_seen(cx, s), "DELETE /gone HTTP/1.1\r\n");

    ask = (struct http_ask){ .verb = "HEAD", .url = server_url(cx, s, "/head") };
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_HAS(server_seen(cx, s), "HEAD /head HTTP/1.1\r\n");
    CHECK_INT(server_connections(s), 1);
}

TEST(a_file_is_sent_as_a_body_behind_its_head_and_again_when_it_moved)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 200 OK\r\nX-Request-Id: req-7\r\nDG-Request-Id: other\r\nContent-Length: 0\r\n\r\n"),
                                   ANSWERS("HTTP/1.1 307 Temporary Redirect\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"), ANSWERS(OK_HI)));
    const char *path = arena_fmt(cx->arena, "/tmp/test-http-file-%d", (int)getpid());
    FILE *file = fopen(path, "w+");
    struct http_file body = { { "HEAD", 4 }, fileno(file), 2, 7 };
    struct http_ask ask = { .verb = "POST", .url = server_url(cx, s, "/"), .type = "audio/wav", .file = &body };
    struct http_answer a;

    unlink(path);
    fputs("__samples__", file);
    fflush(file);
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_TEXT(a.request_id, "req-7");
    CHECK_HAS(server_seen(cx, s), "Content-Length: 11\r\n");
    CHECK_HAS(server_seen(cx, s), "Content-Type: audio/wav\r\n");
    CHECK_HAS(server_seen(cx, s), "\r\n\r\nHEADsamples");
    ask.redirects = 1;
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_HAS(server_seen(cx, s), "POST /there HTTP/1.1\r\n");
    CHECK(!a.request_id);
    body.n = 100;                                   /* more than there is */
    CHECK_FAILS(http_send(cx, &ask, &a), BLOB_DOWN);
    fclose(file);
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
    struct http_ask ask = { .verb = "POST", .url = server_url(cx, s, "/"), .parts = parts, .parts_n = COUNT(parts) };
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
    CHECK(memmem(seen, server_seen_n(s), "from disk", 9) != NULL);
    CHECK_FAILS(http_send(cx, &ask, &a), BLOB_DOWN);        /* the file is gone */
}

TEST(connections_are_kept_alive)
{
    struct server *s = SERVER(PLAY(ANSWERS(OK_HI), ANSWERS(OK_HI), ANSWERS("HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\nx"), ANSWERS(OK_HI)));
    struct http_ask ask = { .url = server_url(cx, s, "/") };
    struct http_answer a;

    for (int i = 0; i < 4; i++)
        NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(server_connections(s), 1);
    CHECK_INT(server_requests(s), 4);
}

TEST(an_error_is_an_answer_with_its_headers)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 429 Slow\r\nRetry-After: 2\r\nContent-Length: 25\r\n\r\n{\"message\":\"sk-secret 1\"}")));
    struct http_ask ask = { .url = server_url(cx, s, "/"), .headers = (const char *const[]){ "x-api-key: sk-secret", NULL } };
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
    struct http_ask ask = { .url = server_url(cx, s, "/"), .first_byte_ms = 2000, .idle_ms = 150 };
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

TEST(a_stream_is_handed_on_as_it_comes)
{
    struct server *s = SERVER(PLAY(TAKES, SAYS(CHUNKED "2\r\nab\r\n"), WAITS(50), SAYS("1\r\nc\r\n"),
                                   WAITS(50), SAYS("0\r\n\r\n")));
    struct heard h = { .text = text_new(cx->arena, 64, 4096) };
    struct http_ask ask = { .url = server_url(cx, s, "/"), .on = hear, .with = &h };
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
    struct http_ask ask = { .url = server_url(cx, s, "/"), .on = hear, .with = &h };
    struct http_answer a;

    CHECK_FAILS(http_send(cx, &ask, &a), INPUT_INVALID);
    CHECK_INT(h.calls, 1);
}

TEST(an_error_is_not_streamed)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\nbad")));
    struct heard h = { .text = text_new(cx->arena, 64, 4096) };
    struct http_ask ask = { .url = server_url(cx, s, "/"), .on = hear, .with = &h };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_TEXT(a.body.at, "bad");
    CHECK_INT(h.calls, 0);
}

/* --- redirects and repeats --- */

TEST(redirects_are_followed_as_often_as_allowed)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 302 F\r\nLocation: /two?x=1\r\nContent-Length: 0\r\n\r\n"),
                                   ANSWERS("HTTP/1.1 307 F\r\nLocation: three\r\nContent-Length: 0\r\n\r\n"), ANSWERS(OK_HI)));
    struct http_ask ask = { .url = server_url(cx, s, "/one"), .redirects = 2, .headers = (const char *const[]){ "x-api-key: k", NULL } };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 200);
    CHECK_TEXT(a.effective_url, server_url(cx, s, "/three"));
    CHECK_HAS(server_seen(cx, s), "GET /three HTTP/1.1\r\nHost: ");
    CHECK_HAS(strstr(server_seen(cx, s), "GET /three"), "x-api-key: k");
    CHECK_INT(server_connections(s), 1);

    struct server *endless = SERVER(PLAY(ANSWERS("HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")));
    ask.url = server_url(cx, endless, "/");
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(a.status, 302);
    CHECK_INT(server_requests(endless), 3);
    CHECK_FAILS(http_check(cx, "it", &a), ENGINE_REFUSED);
}

TEST(credentials_and_bodies_do_not_follow_to_another_host)
{
    struct server *other = SERVER(PLAY(ANSWERS(OK_HI)));
    const char *see_other = arena_fmt(cx->arena, "HTTP/1.1 303 S\r\nLocation: http://127.0.0.1:%d/there\r\nContent-Length: 0\r\n\r\n", server_port(other));
    const char *temporary = arena_fmt(cx->arena, "HTTP/1.1 307 T\r\nLocation: http://127.0.0.1:%d/there\r\nContent-Length: 0\r\n\r\n", server_port(other));
    struct server *s = SERVER(PLAY(TAKES, SAYS(see_other)), PLAY(TAKES, SAYS(temporary)));
    struct http_ask ask = { .verb = "POST", .url = server_url(cx, s, "/"), .redirects = 1, .type = "text/plain", .body = { "MYBODY", 6 },
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
    CHECK_INT(server_requests(other), 1);
}

TEST(what_is_not_idempotent_is_sent_once)
{
    const struct step *lost = PLAY(ANSWERS(OK_HI), TAKES);
    struct server *s = SERVER(lost, PLAY(ANSWERS(OK_HI))), *t = SERVER(lost, PLAY(ANSWERS(OK_HI)));
    struct http_ask ask = { .verb = "POST", .url = server_url(cx, s, "/"), .body = { "x", 1 } };
    struct http_answer a;

    NEED_OK(http_send(cx, &ask, &a));
    CHECK_FAILS(http_send(cx, &ask, &a), ENGINE_DOWN);
    CHECK_INT(server_requests(s), 2);
    NEED_OK(http_send(cx, &ask, &a));

    ask = (struct http_ask){ .url = server_url(cx, t, "/") };
    NEED_OK(http_send(cx, &ask, &a));
    NEED_OK(http_send(cx, &ask, &a));
    CHECK_INT(server_requests(t), 3);
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
    struct crowd c = { http_open(cx->arena, 3), server_url(cx, s, "/"), 0 };
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, ask_often, &c);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(c.failed, 0);
    CHECK(server_connections(s) < 40);
}
