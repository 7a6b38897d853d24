/* OpenAI's audio API and the servers that speak it: whisper.cpp, Speaches, LocalAI. What they differ in is
 * read leniently: words on top or inside segments, under "word" or "text"; languages by name or by code. */
#include "engine.h"

#include "app/breaker.h"
#include "app/handler.h"
#include "config.h"
#include "data/json.h"
#include "language.h"
#include "net/http.h"
#include "openai_reply.h"
#include "prices.h"

#include <string.h>

#define HOSTED        "https://api.openai.com"
#define FIRST_BYTE_MS 120000            /* a piece of 25 s on a slow CPU */

static struct breaker breaker = { .name = "stt.openai" };

static const char *model(const struct ctx *cx) { return stt_settings(cx)->stt_openai_model; }

static const char *key_of(const struct stt_settings *s) { return s->stt_openai_key && *s->stt_openai_key ? s->stt_openai_key : s->openai_api_key; }
static bool has_key(struct ctx *cx) { return !key_check(cx, "OPENAI_API_KEY", key_of(stt_settings(cx))); }

static err_t ready(struct ctx *cx)
{
    const struct stt_settings *s = stt_settings(cx);

    return text_starts(s->stt_openai_url, HOSTED) ? key_check(cx, "OPENAI_API_KEY", key_of(s)) : OK;
}

/* The gpt-4o transcribers know one format; whisper and what imitates it tell the times as well. */
static bool gives_times(const char *name) { return !strstr(name, "transcribe"); }

static struct http_part part(const char *name, const char *text)
{
    return (struct http_part){ .name = name, .body = { text, strlen(text) } };
}

static size_t parts_fill(struct ctx *cx, const struct hearing *h, bool times, struct http_part *parts)
{
    size_t n = 0;

    parts[n++] = (struct http_part){ .name = "file", .filename = "piece.wav", .type = "audio/wav", .body = sound_wav(cx, h->sound) };
    parts[n++] = part("model", model(cx));
    parts[n++] = part("temperature", "0");
    parts[n++] = part("response_format", times ? "verbose_json" : "json");
    if (times) {
        parts[n++] = part("timestamp_granularities[]", "segment");
        parts[n++] = part("timestamp_granularities[]", "word");
    }
    if (h->language)
        parts[n++] = part("language", arena_text(cx->arena, h->language, strcspn(h->language, "-")));
    if (h->prompt && *h->prompt)
        parts[n++] = part("prompt", h->prompt);
    return n;
}

static fallible send(struct ctx *cx, const struct hearing *h, bool times, struct http_answer *answer)
{
    const struct stt_settings *s = stt_settings(cx);
    const char *headers[3] = { NULL };
    struct http_part parts[8];
    size_t n = 0;

    if (has_key(cx))
        headers[n++] = arena_fmt(cx->arena, "Authorization: Bearer %s", key_of(s));
    if (h->key)
        headers[n++] = arena_fmt(cx->arena, "Idempotency-Key: %s%s", h->key, times ? "" : "-json");
    struct http_ask ask = {
        .verb = "POST", .url = url_under(cx, s->stt_openai_url, "/audio/transcriptions"), .headers = headers,
        .parts = parts, .parts_n = parts_fill(cx, h, times, parts), .first_byte_ms = FIRST_BYTE_MS,
    };
    return http_send(cx, &ask, answer);
}

/* A server that refuses the request with times may take it without: once. */
static fallible ask(struct ctx *cx, const struct hearing *h, struct http_answer *answer)
{
    bool times = gives_times(model(cx));

    TRY(send(cx, h, times, answer));
    if (times && (answer->status == 400 || answer->status == 422))
        TRY(send(cx, h, false, answer));
    return http_check(cx, "openai", answer);
}

static int64_t cost_of(const struct ctx *cx, const struct hearing *h)
{
    int rate = stt_settings(cx)->stt_openai_micro_per_minute;
    double seconds = (double)h->sound.n / RATE_HZ;

    return rate >= 0 ? price_at(rate, seconds) : price_of(model(cx), seconds, false);
}

static err_t hear(struct ctx *cx, struct hearing *h, struct transcript *out)
{
    struct http_answer answer = { 0 };

    *out = (struct transcript){ .model = model(cx) };
    TRY(breaker_enter(cx, &breaker));
    err_t e = ask(cx, h, &answer);
    if (!e)
        e = openai_reply_read(cx, answer.body, (double)h->sound.n / RATE_HZ, out);
    breaker_leave(&breaker, e);
    TRY(e);
    if (!out->language && h->language)
        out->language = arena_text(cx->arena, h->language, strcspn(h->language, "-"));
    out->cost_micro = cost_of(cx, h);
    return OK;
}

const struct engine engine_openai = {
    .name = "openai", .model = model, .ready = ready, .transcribe = hear,
};
