#include "test.h"

#include "base/clock.h"
#include "net/http.h"
#include "net/http_headers.h"

static struct http_answer answer(int status, const char *body)
{
    return (struct http_answer){ .status = status, .type = "application/json", .body = { body, strlen(body) } };
}

TEST(answers_fall_into_their_retry_classes)
{
    static const struct { int status; enum err_code code; } known[] = {
        { 301, E_ENGINE_REFUSED }, { 400, E_ENGINE_REFUSED }, { 401, E_ENGINE_DISABLED }, { 402, E_ENGINE_QUOTA },
        { 403, E_ENGINE_DISABLED }, { 404, E_ENGINE_REFUSED }, { 408, E_ENGINE_BUSY }, { 409, E_ENGINE_BUSY }, { 413, E_ENGINE_REFUSED },
        { 422, E_ENGINE_REFUSED }, { 425, E_ENGINE_BUSY }, { 429, E_ENGINE_BUSY }, { 500, E_ENGINE_DOWN }, { 502, E_ENGINE_DOWN },
        { 503, E_ENGINE_BUSY }, { 504, E_ENGINE_DOWN }, { 520, E_ENGINE_DOWN }, { 529, E_ENGINE_BUSY },
    };

    for (size_t i = 0; i < COUNT(known); i++) {
        struct http_answer a = answer(known[i].status, "");
        err_t e = http_check(cx, "openai", &a);
        if (!e || e->code != known[i].code)
            SAY("%d is %s, not %s", known[i].status, e ? err_name(e->code) : "OK", err_name(known[i].code));
    }
    struct http_answer fine = answer(204, "");
    CHECK_OK(http_check(cx, "openai", &fine));
}

TEST(spent_quota_is_not_a_matter_of_waiting)
{
    static const struct { int status; const char *body; } spent[] = {
        { 429, "{\"error\":{\"message\":\"You exceeded\",\"type\":\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_quota\"}}" },
        { 429, "{\"error\":{\"message\":\"x\",\"type\":\"insufficient_quota\",\"code\":\"other\"}}" },
        { 429, "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}}}" },
        { 401, "{\"detail\":{\"status\":\"quota_exceeded\",\"message\":\"no credits\"}}" },
        { 402, "{\"err_code\":\"ASR_PAYMENT_REQUIRED\",\"err_msg\":\"pay\"}" },
    };

    for (size_t i = 0; i < COUNT(spent); i++) {
        struct http_answer a = answer(spent[i].status, spent[i].body);
        a.retry_after_ms = 1000;
        err_t e = http_check(cx, "x", &a);
        CHECK(e && e->code == E_ENGINE_QUOTA && !e->retry_after_ms);
    }
    struct http_answer busy = answer(429, "{\"error\":{\"code\":\"rate_limit_exceeded\"}}");
    busy.retry_after_ms = 1500;
    err_t e = http_check(cx, "x", &busy);
    CHECK(e && e->code == E_ENGINE_BUSY && e->retry_after_ms == 1500);
}

TEST(a_server_that_says_do_not_retry_is_believed)
{
    struct http_answer a = answer(500, "{}");

    a.no_retry = true;
    CHECK_FAILS(http_check(cx, "x", &a), ENGINE_REFUSED);
}

TEST(the_message_of_an_error_is_found_in_every_shape)
{
    static const struct { const char *body, *text; } known[] = {
        { "{\"error\":{\"message\":\"too long\",\"code\":\"context_length_exceeded\"}}", "e answered 400 context_length_exceeded: too long" },
        { "{\"error\":{\"message\":\"busy\",\"code\":400,\"type\":\"server_error\"}}", "e answered 400 server_error: busy" },
        { "{\"object\":\"error\",\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":null}", "e answered 400 t: m" },
        { "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\",\"type\":\"v\"}]}", "e answered 400: field required" },
        { "{\"detail\":\"Unauthorized\"}", "e answered 400: Unauthorized" },
        { "{\"detail\":{\"code\":\"c\",\"message\":\"m\"}}", "e answered 400 c: m" },
        { "{\"err_code\":\"INVALID_AUTH\",\"err_msg\":\"Invalid credentials.\"}", "e answered 400 INVALID_AUTH: Invalid credentials." },
        { "{\"category\":\"INVALID_JSON\",\"message\":\"bad\",\"details\":\"more\"}", "e answered 400 INVALID_JSON: bad" },
        { "{\"error\":\"no 'file' field in the request\"}", "e answered 400: no 'file' field in the request" },
        { "{\"error\":\"invalid_grant\",\"error_description\":\"Bad\"}", "e answered 400: Bad" },
        { "[{\"error\":{\"code\":400,\"message\":\"m\",\"status\":\"INVALID_ARGUMENT\"}}]", "e answered 400 INVALID_ARGUMENT: m" },
        { "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>gone</Message></Error>", "e answered 400: gone" },
        { "<html><body>Bad Gateway</body></html>", "e answered 400" },
        { "plain words\nand more", "e answered 400: plain words and more" },
        { "{\"message\":{\"detail\":[]}}", "e answered 400: {\"message\":{\"detail\":[]}}" },
        { "{\"message\":", "e answered 400: {\"message\":" },
        { "", "e answered 400" }, { "\x01\xff\xfe", "e answered 400:    " }, { "[]", "e answered 400: []" }, { "   ", "e answered 400:    " },
    };

    for (size_t i = 0; i < COUNT(known); i++) {
        struct http_answer a = answer(400, known[i].body);
        err_t e = http_check(cx, "e", &a);
        CHECK_TEXT(e ? e->text : NULL, known[i].text);
    }
}

TEST(a_long_message_is_cut_on_a_character)
{
    struct text body = text_new(cx->arena, 64, 1 << 20);

    text_put(&body, "{\"error\":\"x");
    for (int i = 0; i < 40000; i++)
        text_put(&body, "\xC3\xA9");
    text_put(&body, "\"}");
    struct http_answer a = answer(400, body.at);
    err_t e = http_check(cx, "e", &a);
    CHECK(e && text_is_utf8(e->text, strlen(e->text)));
    CHECK_INT(strlen(e->text), strlen("e answered 400: x") + 298);
}

TEST(the_wait_that_google_names_in_the_body_is_read)
{
    struct http_answer a = answer(429, "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"a\":1},{\"retryDelay\":\"1.5s\"}]}}");
    err_t e = http_check(cx, "gemini", &a);

    CHECK(e && e->code == E_ENGINE_BUSY);
    CHECK_INT(e->retry_after_ms, 1500);
}

static struct http_answer headers(struct ctx *cx, const char *const *lines)
{
    struct http_answer a = { .type = "" };

    for (; *lines; lines++)
        http_take_header(cx, *lines, strlen(*lines), &a);
    return a;
}
#define HEADERS(...)  headers(cx, (const char *const[]){ __VA_ARGS__, NULL })

TEST(the_wait_asked_for_is_read_in_all_its_forms)
{
    char date[CLOCK_ISO_BYTES];

    CHECK_INT(HEADERS("Retry-After: 120\r\n").retry_after_ms, 120000);
    CHECK_INT(HEADERS("retry-after:1.5\r\n").retry_after_ms, 1500);
    CHECK_INT(HEADERS("retry-after-ms: 250\r\n", "Retry-After: 120\r\n").retry_after_ms, 250);
    CHECK_INT(HEADERS("Retry-After: 120\r\n", "retry-after-ms: 250\r\n").retry_after_ms, 250);
    CHECK_INT(HEADERS("Retry-After: soon\r\n", "X-Other: 5\r\n").retry_after_ms, 0);
    CHECK_INT(HEADERS("Retry-After: -5\r\n").retry_after_ms, 0);
    CHECK_INT(HEADERS("Retry-After: 1e300\r\n").retry_after_ms, 24 * 3600 * 1000);
    clock_http(clock_wall_ms() + 60000, date);
    int64_t ms = HEADERS(arena_fmt(cx->arena, "Retry-After: %s\r\n", date)).retry_after_ms;
    CHECK(ms > 58000 && ms <= 60000);
    CHECK_INT(HEADERS("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n").retry_after_ms, 0);
}

TEST(the_media_type_is_told_without_its_parameters)
{
    CHECK_TEXT(HEADERS("Content-Type: Application/JSON; charset=utf-8\r\n").type, "application/json");
    CHECK_TEXT(HEADERS("content-type:  text/event-stream  \r\n").type, "text/event-stream");
    CHECK_TEXT(HEADERS("Content-Type:\r\n").type, "");
    CHECK(HEADERS("x-should-retry: false\r\n").no_retry && !HEADERS("x-should-retry: true\r\n").no_retry);
}

TEST(keys_that_a_provider_echoes_are_blackened)
{
    struct http_ask ask = { .url = "http://h/p?key=AIzaSecret&q=visible#x",
                            .headers = (const char *const[]){ "Authorization: Bearer sk-1234567", "xi-api-key: abcdef1",
                                                              "Accept: text/visible", NULL } };
    char body[] = "bad key sk-1234567 or abcdef1 abcdef1 at AIzaSecret; visible text/visible";

    http_blacken(&ask, body, strlen(body));
    CHECK_TEXT(body, "bad key ********** or ******* ******* at **********; visible text/visible");
}

TEST(only_harmless_headers_travel_to_another_host)
{
    CHECK(http_may_travel("Accept: a") && http_may_travel("range: bytes=0-"));
    CHECK(!http_may_travel("Authorization: x") && !http_may_travel("xi-api-key: x") && !http_may_travel("X-Anything: x"));
    CHECK(!http_may_travel("Cookie: x") && !http_may_travel("Accept-Key: x") && !http_may_travel(""));
}
