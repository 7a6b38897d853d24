/* Requests to providers: what is asked, hop by hop when redirects are followed. */
#define _GNU_SOURCE
#include "net/http_headers.h"
#include "net/http_link.h"

#include <string.h>

/* Credentials stay with the host they were meant for. */
static const char *const *travelling(struct ctx *cx, const char *const *headers)
{
    size_t n = 0, kept = 0;

    while (headers && headers[n])
        n++;
    const char **out = NEWS(cx, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        if (http_may_travel(headers[i]))
            out[kept++] = headers[i];
    return out;
}

static bool has_body(const struct http_ask *ask) { return ask->body.n || ask->file || ask->parts_n; }

static void without_body(struct http_ask *ask)
{
    ask->verb = ask->verb && !strcmp(ask->verb, "HEAD") ? "HEAD" : "GET";
    ask->type = NULL;
    ask->body = (struct bytes){ NULL, 0 };
    ask->file = NULL;
    ask->parts = NULL;
    ask->parts_n = 0;
}

/* Makes of `ask` the request that an answer's redirect asks for (RFC 9110 15.4). False when it is not to be
 * followed: from https to http, or a body that another host would get. */
static bool follow(struct ctx *cx, int status, const char *next, const struct http_place *from,
                   const struct http_place *to, struct http_ask *ask)
{
    bool elsewhere = strcmp(from->origin, to->origin) != 0;
    bool post = ask->verb && !strcmp(ask->verb, "POST");

    if (text_starts(from->origin, "https:") && !text_starts(to->origin, "https:"))
        return false;
    if (status == 303 || (post && (status == 301 || status == 302)))
        without_body(ask);
    if (elsewhere && has_body(ask))
        return false;
    if (elsewhere)
        ask->headers = travelling(cx, ask->headers);
    ask->url = next;
    return true;
}

err_t http_send(struct ctx *cx, const struct http_ask *ask, struct http_answer *out)
{
    struct http_ask hop = *ask;
    struct http_place at, to;
    const char *next;

    if (!cx->http)
        return fail(cx, BUG, "this process has no HTTP client");
    TRY(http_place(cx, hop.url, &at));
    for (int left = ask->redirects;; left--, at = to) {
        TRY(http_exchange(cx, cx->http, &hop, &at, out, &next));
        if (!next || left <= 0)
            return OK;
        TRY(http_place(cx, next, &to));
        if (!follow(cx, out->status, next, &at, &to, &hop))
            return OK;
    }
}
