#include "post.h"
#include "config.h"
#include "app/persons.h"
#include "base/clock.h"
#include "data/webhook.h"
#include "net/http.h"

#include <string.h>

#define ANSWER_BYTES 65536          /* read of what a receiver says; nothing is kept of it */
#define ERROR_CHARS  300

static fallible headers_of(struct ctx *cx, const struct delivery *d, const char **out)
{
    int64_t now_s = clock_wall_ms() / 1000;
    struct bytes body = { d->payload, strlen(d->payload) };
    const char *secrets[] = { d->secret, d->old_secret }, *one;
    struct text signatures = text_new(cx->arena, 128, 1024);

    for (size_t i = 0; i < COUNT(secrets) && secrets[i]; i++) {
        TRY(person_open(cx, d->owner, secrets[i], &one));
        if (!one)
            return fail(cx, PERSON_ERASED, "the owner of the webhook has left");
        TRY(webhook_sign(cx, one, d->message, now_s, body, &one));
        text_fmt(&signatures, "%s%s", i ? " " : "", one);
    }
    out[0] = arena_fmt(cx->arena, "webhook-id: %s", d->message);
    out[1] = arena_fmt(cx->arena, "webhook-timestamp: %lld", (long long)now_s);
    out[2] = arena_fmt(cx->arena, "webhook-signature: %s", signatures.at);
    out[3] = NULL;
    return OK;
}

struct answer_read { size_t n; };

/* The status has said it all: the body is read for the connection's sake, and not beyond reason. */
static err_t read_on(struct ctx *cx, void *with, const char *at, size_t n)
{
    struct answer_read *read = with;

    (void)at;
    read->n += n;
    return read->n > ANSWER_BYTES ? fail(cx, ENGINE_BROKEN, "the answer is too large") : OK;
}

/* OK: the receiver is to blame, or took it. */
static fallible judge(struct ctx *cx, err_t e, const struct http_answer *a, const struct answer_read *read, struct outcome *o)
{
    o->status = !e || read->n ? a->status : 0;
    o->taken = o->status / 100 == 2;
    if (o->taken)
        return OK;
    if (!e) {
        o->error = arena_fmt(cx->arena, "it answered %d", a->status);
        o->retry_after_ms = a->retry_after_ms;
        return OK;
    }
    if (e->code == E_CANCELLED || e->code == E_BUG)
        return e;
    const char *text = e->code == E_DEADLINE_PASSED ? "no answer in time" : e->text;
    o->error = arena_text(cx->arena, text, text_utf8_cut(text, strnlen(text, ERROR_CHARS)));
    return OK;
}

err_t post(struct ctx *cx, const struct delivery *d, struct outcome *o)
{
    struct ctx own = *cx;
    struct answer_read read = { 0 };
    struct http_answer answer = { .type = "" };
    const char *headers[4];
    struct http_ask ask = { .verb = "POST", .url = d->url, .headers = headers, .type = "application/json", .body = { d->payload, strlen(d->payload) },
                            .first_byte_ms = notify_settings.webhook_timeout_ms, .idle_ms = notify_settings.webhook_timeout_ms,
                            .max_bytes = 2 * ANSWER_BYTES, .on = read_on, .with = &read };
    int64_t from_ms = clock_ms();

    TRY(headers_of(cx, d, headers));
    own.deadline_ms = from_ms + notify_settings.webhook_timeout_ms;
    err_t e = webhook_url_check(cx, &notify_settings.webhooks, d->url, &ask.guarded);
    if (!e)
        e = http_send(&own, &ask, &answer);
    o->took_ms = clock_ms() - from_ms;
    return judge(cx, e, &answer, &read, o);
}
