/* Deepgram: a recording in one request, its words in the answer. It takes no idempotency key and cannot be asked what became of
 * a request: a worker that dies while it waits for one leaves it to be sent, and paid, again. */
#include "engine.h"

#include "app/breaker.h"
#include "config.h"
#include "deepgram_reply.h"
#include "explain.h"
#include "heard.h"
#include "net/http.h"

#include <ctype.h>
#include <string.h>

#define HOSTED        "https://api.deepgram.com"
#define WHOLE_S       36000             /* 1.2 GB of our WAV, of the 2 GB that it takes */
#define FIRST_BYTE_MS 660000            /* it works for at most ten minutes on one */
#define ANSWER_BYTES  (64u << 20)
#define TERMS_MOST    100
#define TIMED_OUT     504
#define TOO_LARGE     413

static struct breaker breaker = { .name = "stt.deepgram" };

static const char *model(const struct ctx *cx) { return stt_settings(cx)->stt_deepgram_model; }

static bool has_key(struct ctx *cx) { return !key_check(cx, "DEEPGRAM_API_KEY", stt_settings(cx)->deepgram_api_key); }

static err_t ready(struct ctx *cx)
{
    const struct stt_settings *s = stt_settings(cx);

    return text_starts(s->stt_deepgram_url, HOSTED) ? key_check(cx, "DEEPGRAM_API_KEY", s->deepgram_api_key) : OK;
}

static void put_value(struct text *url, const char *name, const char *value, size_t n)
{
    text_fmt(url, "&%s=", name);
    for (size_t i = 0; i < n; i++)
        if (isalnum((unsigned char)value[i]) || strchr("-._~", value[i]))
            text_char(url, value[i]);
        else
            text_fmt(url, "%%%02X", (unsigned char)value[i]);
}

/* Keyterms are of nova-3; what is older calls them otherwise, and refuses these. */
static const char *url_of(struct ctx *cx, const struct hearing *h)
{
    struct text url = text_new(cx->arena, 512, 32768);
    struct texts terms = heard_terms(cx, text_starts(model(cx), "nova-3") ? h->prompt : NULL, TERMS_MOST);

    text_put(&url, url_under(cx, stt_settings(cx)->stt_deepgram_url, "/v1/listen?smart_format=true&punctuate=true&utterances=true"));
    put_value(&url, "model", model(cx), strlen(model(cx)));
    if (h->language)
        put_value(&url, "language", h->language, strcspn(h->language, "-"));
    else
        text_put(&url, "&detect_language=true");
    if (h->diarize)
        text_put(&url, "&diarize=true");
    for (size_t i = 0; i < terms.n; i++)
        put_value(&url, "keyterm", terms.at[i], strlen(terms.at[i]));
    return url.at;
}

static fallible send(struct ctx *cx, const struct hearing *h, struct http_answer *answer)
{
    const char *headers[2] = { NULL };
    struct http_file file = { 0 };
    struct http_ask ask = { .verb = "POST", .url = url_of(cx, h), .headers = headers, .type = "audio/wav", .first_byte_ms = FIRST_BYTE_MS,
                            .max_bytes = ANSWER_BYTES };

    if (has_key(cx))
        headers[0] = arena_fmt(cx->arena, "Authorization: Token %s", stt_settings(cx)->deepgram_api_key);
    if (h->whole) {
        file = (struct http_file){ h->whole->fd, 0, h->whole->size };
        ask.file = &file;
    } else {
        ask.body = sound_wav(cx, h->sound);
    }
    TRY(http_send(cx, &ask, answer));
    if (answer->request_id)
        explain(cx, "deepgram", "request", answer->request_id);
    return OK;
}

/* Its support asks for the request's id. */
static fallible check(struct ctx *cx, const struct http_answer *answer)
{
    err_t e = http_check(cx, "deepgram", answer);

    if (e && answer->request_id)
        e->text = arena_fmt(cx->arena, "%s (request %s)", e->text, answer->request_id);
    return e;
}

/* What takes it too long may work at a second try, and does in pieces. */
static fallible ask(struct ctx *cx, const struct hearing *h, struct http_answer *answer)
{
    TRY(send(cx, h, answer));
    if (answer->status == TIMED_OUT)
        TRY(send(cx, h, answer));
    if (h->whole && (answer->status == TIMED_OUT || answer->status == TOO_LARGE))
        return fail(cx, BODY_TOO_LARGE, "deepgram answered %d to the whole recording", answer->status);
    return check(cx, answer);
}

static err_t hear(struct ctx *cx, struct hearing *h, struct transcript *out)
{
    double duration_s = (double)(h->whole ? h->whole->samples : (int64_t)h->sound.n) / RATE_HZ;
    struct http_answer answer = { 0 };

    TRY(breaker_enter(cx, &breaker));
    err_t e = ask(cx, h, &answer);
    h->paid = e && (e->code == E_TIMEOUT || e->code == E_ENGINE_BROKEN);
    if (!e)
        e = deepgram_reply_read(cx, answer.body, duration_s, model(cx), h->diarize, out);
    breaker_leave(&breaker, e);
    TRY(e);
    if (!out->language && h->language)
        out->language = arena_text(cx->arena, h->language, strcspn(h->language, "-"));
    return OK;
}

const struct engine engine_deepgram = {
    .name = "deepgram", .tells_speakers = true, .whole_s = WHOLE_S, .model = model, .ready = ready, .transcribe = hear,
};
