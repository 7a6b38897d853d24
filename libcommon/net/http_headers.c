/* What is read from the headers of answers, and which headers of requests are secret. */
#define _GNU_SOURCE
#include "net/http_headers.h"
#include "base/clock.h"

#include <ctype.h>
#include <string.h>

#define RETRY_MOST_MS (24 * 3600 * 1000)    /* who asks for more may as well be asked again */
#define TYPE_MOST     128
#define REQUEST_ID_MOST 128
#define SECRET_LEAST  6                     /* shorter values would blacken ordinary words */

/* --- answers --- */

static int64_t bounded(double ms)
{
    return ms > RETRY_MOST_MS ? RETRY_MOST_MS : ms > 0 ? (int64_t)ms : 0;
}

/* Seconds, some say them with a fraction, or a date (RFC 9110 10.2.3). */
static void take_retry_after(struct ctx *cx, struct bytes v, struct http_answer *out)
{
    double seconds;
    int64_t at_ms;

    if (out->retry_after_ms)
        return;
    if (text_to_real(v.at, v.n, &seconds))
        out->retry_after_ms = bounded(seconds * 1000);
    else if (clock_parse_http(arena_text(cx->arena, v.at, v.n), &at_ms))
        out->retry_after_ms = bounded((double)(at_ms - clock_wall_ms()));
}

/* More exact than Retry-After, so it wins. */
static void take_retry_after_ms(struct ctx *cx, struct bytes v, struct http_answer *out)
{
    double ms;

    (void)cx;
    if (text_to_real(v.at, v.n, &ms))
        out->retry_after_ms = bounded(ms);
}

static void take_should_retry(struct ctx *cx, struct bytes v, struct http_answer *out)
{
    (void)cx;
    out->no_retry = v.n == 5 && !strncasecmp(v.at, "false", 5);
}

static void take_type(struct ctx *cx, struct bytes v, struct http_answer *out)
{
    size_t n = 0;

    while (n < v.n && n < TYPE_MOST && v.at[n] != ';' && v.at[n] != ' ')
        n++;
    char *type = arena_text(cx->arena, v.at, n);
    for (size_t i = 0; i < n; i++)
        type[i] = (char)tolower((unsigned char)type[i]);
    out->type = type;
}

/* Whichever the provider has: the first one told stays. */
static void take_request_id(struct ctx *cx, struct bytes v, struct http_answer *out)
{
    for (size_t i = 0; i < v.n; i++)
        if (v.at[i] <= ' ' || v.at[i] > '~')
            return;
    if (!out->request_id && v.n && v.n <= REQUEST_ID_MOST)
        out->request_id = arena_text(cx->arena, v.at, v.n);
}

static void take_length(struct ctx *cx, struct bytes v, struct http_answer *out)
{
    (void)cx;
    if (!text_to_long(v.at, v.n, &out->length) || out->length < 0)
        out->length = 0;
}

static const struct {
    const char *name;
    void (*take)(struct ctx *cx, struct bytes v, struct http_answer *out);
} takers[] = {
    { "content-type",   take_type },
    { "content-length", take_length },
    { "retry-after",    take_retry_after },
    { "retry-after-ms", take_retry_after_ms },
    { "x-should-retry", take_should_retry },
    { "dg-request-id",  take_request_id },
    { "x-request-id",   take_request_id },
};

static struct bytes trimmed(const char *at, size_t n)
{
    while (n && isspace((unsigned char)*at))
        at++, n--;
    while (n && isspace((unsigned char)at[n - 1]))
        n--;
    return (struct bytes){ at, n };
}

void http_take_header(struct ctx *cx, const char *line, size_t n, struct http_answer *out)
{
    const char *colon = memchr(line, ':', n);
    size_t len = colon ? (size_t)(colon - line) : 0;

    for (size_t i = 0; len && i < COUNT(takers); i++)
        if (strlen(takers[i].name) == len && !strncasecmp(takers[i].name, line, len))
            takers[i].take(cx, trimmed(colon + 1, n - len - 1), out);
}

/* --- requests --- */

/* What is not listed may be a credential: every provider names its key in its own way. */
bool http_may_travel(const char *header)
{
    static const char *const harmless[] = {
        "accept", "accept-language", "accept-encoding", "content-language", "user-agent", "range", "if-range",
        "if-none-match", "if-modified-since",
    };
    size_t len = strcspn(header, ":");

    for (size_t i = 0; i < COUNT(harmless); i++)
        if (strlen(harmless[i]) == len && !strncasecmp(header, harmless[i], len))
            return true;
    return false;
}

static bool names_secret(const char *name, size_t n)
{
    static const char *const words[] = {
        "auth", "key", "token", "secret", "cookie", "password", "signature", "credential",
    };
    char lower[64] = "";

    for (size_t i = 0; i < n && i < sizeof(lower) - 1; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    for (size_t i = 0; i < COUNT(words); i++)
        if (strstr(lower, words[i]))
            return true;
    return false;
}

static void blacken(char *body, size_t n, const char *secret, size_t len)
{
    char *at;

    if (len < SECRET_LEAST)
        return;
    while ((at = memmem(body, n, secret, len))) {
        memset(at, '*', len);
        n -= (size_t)(at + len - body);
        body = at + len;
    }
}

void http_blacken(const struct http_ask *ask, char *body, size_t n)
{
    for (size_t i = 0; ask->headers && ask->headers[i]; i++) {
        const char *h = ask->headers[i];
        size_t len = strcspn(h, ":");
        if (!h[len] || !names_secret(h, len))
            continue;
        struct bytes v = trimmed(h + len + 1, strlen(h + len + 1));
        const char *scheme_end = memrchr(v.at, ' ', v.n);       /* "Bearer SECRET" */
        size_t skip = scheme_end ? (size_t)(scheme_end - v.at) + 1 : 0;
        blacken(body, n, v.at + skip, v.n - skip);
    }

    const char *at = strchr(ask->url, '?');
    while (at && *at && *at != '#') {
        size_t name = strcspn(++at, "=&#"), value = at[name] == '=' ? strcspn(at + name + 1, "&#") : 0;
        if (value && names_secret(at, name))
            blacken(body, n, at + name + 1, value);
        at += name + (at[name] == '=') + value;
    }
}
