/* AssemblyAI: a recording is uploaded, a transcript asked for, and waited for. Each request has its row in the effect ledger, so
 * that whoever takes over goes on behind the last: what was uploaded is not uploaded again, and what was asked for is looked up
 * by its upload before it is asked for (and paid) again. */
#include "assemblyai.h"

#include "app/breaker.h"
#include "assemblyai_reply.h"
#include "base/clock.h"
#include "checkpoint.h"
#include "config.h"
#include "data/json.h"
#include "explain.h"
#include "heard.h"
#include "net/http.h"

#include <string.h>

#define WHOLE_S         36000           /* ten hours: the provider's limit */
#define ANSWER_BYTES    (64u << 20)     /* words of ten hours, each twice */
#define POLL_FAILURES   5               /* in a row, of the question whether it is ready */
#define LIST_PAGE       100
#define LIST_PAGES      20              /* transcripts this far back are looked at */
#define TERMS_MOST      200
#define MODELS_MOST     8
#define FIRST_BYTE_MS   120000

static struct breaker breaker = { .name = "stt.assemblyai" };

static const char *model(const struct ctx *cx) { return stt_settings(cx)->stt_assemblyai_model; }
static bool mocks(const struct ctx *cx) { return text_is(stt_settings(cx)->assemblyai_api_key, "MOCK"); }
static err_t ready(struct ctx *cx) { return key_check(cx, "ASSEMBLYAI_API_KEY", stt_settings(cx)->assemblyai_api_key); }

static double seconds_of(const struct hearing *h) { return (double)(h->whole ? h->whole->samples : (int64_t)h->sound.n) / RATE_HZ; }
static const char *step(struct ctx *cx, const struct hearing *h, const char *what) { return arena_fmt(cx->arena, "%s-%s", h->name, what); }

/* --- requests --- */

static fallible call(struct ctx *cx, const char *path, struct http_ask *ask, struct http_answer *answer)
{
    const struct stt_settings *s = stt_settings(cx);
    const char *headers[] = { arena_fmt(cx->arena, "Authorization: %s", s->assemblyai_api_key), NULL };   /* without a scheme's word */

    ask->url = url_under(cx, s->stt_assemblyai_url, path);
    ask->headers = headers;
    ask->max_bytes = ANSWER_BYTES;
    ask->first_byte_ms = FIRST_BYTE_MS;
    TRY(breaker_enter(cx, &breaker));
    err_t e = http_send(cx, ask, answer);
    if (!e)
        e = http_check(cx, "assemblyai", answer);
    breaker_leave(&breaker, e);
    return e;
}

static fallible member_read(struct ctx *cx, struct bytes body, const char *name, const char **out)
{
    *out = json_check(cx, body.at, body.n) ? NULL : json_text(cx, body.at, name);
    return *out && **out && strlen(*out) <= 2000 ? OK : fail(cx, ENGINE_BROKEN, "assemblyai: the answer has no %s", name);
}

static const char *member_write(struct ctx *cx, const char *name, const char *value)
{
    struct text json = text_new(cx->arena, 256, 16384);

    text_fmt(&json, "{\"%s\":", name);
    text_json(&json, value, strlen(value));
    text_char(&json, '}');
    return json.at;
}

/* --- upload --- */

static fallible send_sound(struct ctx *cx, const struct hearing *h, const char **url)
{
    struct http_ask ask = { .verb = "POST", .type = "application/octet-stream" };
    struct http_file file = { 0 };
    struct http_answer answer = { 0 };

    if (h->whole) {
        file = (struct http_file){ h->whole->fd, 0, h->whole->size };
        ask.file = &file;
    } else {
        ask.body = sound_wav(cx, h->sound);
    }
    TRY(call(cx, "/v2/upload", &ask, &answer));
    return member_read(cx, answer.body, "upload_url", url);
}

/* Free of charge, so simply repeated. *old: an earlier attempt uploaded it. */
static fallible upload(struct ctx *cx, const struct hearing *h, const char **url, bool *old)
{
    struct effect e;

    TRY(step_begin(cx, step(cx, h, "upload"), EFFECT_KEYED, &e));
    *old = e.done;
    if (e.done)
        return member_read(cx, (struct bytes){ e.result.text, strlen(e.result.text) }, "upload_url", url);
    err_t failed = send_sound(cx, h, url);
    if (failed)
        return step_failed(cx, &e, failed);
    return step_end(cx, &e, member_write(cx, "upload_url", *url), 0);
}

/* --- create: this is what costs --- */

static void put_list(struct text *json, const char *name, struct texts items)
{
    text_fmt(json, ",\"%s\":[", name);
    for (size_t i = 0; i < items.n; i++) {
        if (i)
            text_char(json, ',');
        text_json(json, items.at[i], strlen(items.at[i]));
    }
    text_char(json, ']');
}

static struct texts models_of(struct ctx *cx)
{
    struct texts out = { NEWS(cx, const char *, MODELS_MOST), 0 };

    for (const char *at = model(cx); *(at += strspn(at, ", ")) && out.n < MODELS_MOST; at += strcspn(at, ", "))
        out.at[out.n++] = arena_text(cx->arena, at, strcspn(at, ", "));
    return out;
}

static const char *request(struct ctx *cx, const struct hearing *h, const char *url)
{
    struct text json = text_new(cx->arena, 512, 65536);
    struct texts terms = heard_terms(cx, h->prompt, TERMS_MOST);

    text_put(&json, "{\"audio_url\":");
    text_json(&json, url, strlen(url));
    put_list(&json, "speech_models", models_of(cx));        /* always: its default has changed over time */
    if (h->language) {
        text_put(&json, ",\"language_code\":");
        text_json(&json, h->language, strcspn(h->language, "-"));
    } else {
        text_put(&json, ",\"language_detection\":true");
    }
    text_put(&json, ",\"punctuate\":true,\"format_text\":true");
    if (h->diarize)
        text_put(&json, ",\"speaker_labels\":true");
    if (terms.n)
        put_list(&json, "keyterms_prompt", terms);
    text_char(&json, '}');
    return json.at;
}

/* The transcript that was made of an upload, if there is one, among the last LIST_PAGES pages. */
static fallible find(struct ctx *cx, const char *url, const char **id)
{
    const char *last = NULL;

    *id = NULL;
    for (int page = 0; !*id && page < LIST_PAGES; page++) {
        struct http_ask ask = { .verb = "GET" };
        struct http_answer answer = { 0 };
        const char *older = last ? arena_fmt(cx->arena, "&before_id=%s", last) : "";
        TRY(call(cx, arena_fmt(cx->arena, "/v2/transcript?limit=%d%s", LIST_PAGE, older), &ask, &answer));
        TRY(assemblyai_list_find(cx, answer.body, url, id, &last));
        if (!last)
            break;
    }
    return OK;
}

/* Somebody may have asked for it and not lived to write it down; the provider may need a moment to tell. */
static fallible find_patiently(struct ctx *cx, const char *url, const char **id)
{
    TRY(find(cx, url, id));
    if (*id)
        return OK;
    TRY(clock_wait_ms(cx, stt_settings(cx)->stt_assemblyai_poll_ms));
    return find(cx, url, id);
}

static fallible ask_for(struct ctx *cx, const struct hearing *h, const char *url, bool may_exist, const char **id)
{
    const char *json = request(cx, h, url);
    struct http_ask ask = { .verb = "POST", .type = "application/json", .body = { json, strlen(json) } };
    struct http_answer answer = { 0 };

    if (may_exist)
        TRY(find_patiently(cx, url, id));
    if (may_exist && *id) {
        explain(cx, "assemblyai", "found", arena_fmt(cx->arena, "transcript %s was asked for before", *id));
        return OK;
    }
    TRY(call(cx, "/v2/transcript", &ask, &answer));
    return member_read(cx, answer.body, "id", id);
}

static fallible create(struct ctx *cx, struct hearing *h, const char *name, const char *url, bool old, const char **id)
{
    struct effect e;

    TRY(step_begin(cx, step(cx, h, name), EFFECT_ASKED, &e));
    h->paid = true;
    if (e.done)
        return member_read(cx, (struct bytes){ e.result.text, strlen(e.result.text) }, "id", id);
    err_t failed = ask_for(cx, h, url, old || e.begun, id);
    if (failed) {
        h->paid = !step_undone(failed);
        return step_failed(cx, &e, failed);
    }
    explain(cx, "assemblyai", "transcript", *id);
    return step_end(cx, &e, member_write(cx, "id", *id), 0);
}

/* --- wait --- */

static fallible look(struct ctx *cx, const char *id, struct http_answer *answer)
{
    struct http_ask ask = { .verb = "GET" };

    return call(cx, arena_fmt(cx->arena, "/v2/transcript/%s", id), &ask, answer);
}

/* One question whether it is ready, in memory of its own; *pause_ms is longer when the provider asks for it. */
static fallible poll(struct ctx *cx, const struct hearing *h, struct transcript *out, enum assemblyai_state *state, int64_t *pause_ms)
{
    struct ctx part = *cx;
    struct http_answer answer = { 0 };
    const char *why = "";

    part.arena = arena_new();
    err_t e = look(&part, h->held, &answer);
    if (!e)
        e = assemblyai_state_read(&part, answer.body, state, &why);
    if (!e && *state == AAI_DONE)
        e = assemblyai_reply_read(cx, answer.body, seconds_of(h), model(cx), out);
    else if (!e && *state == AAI_FAILED)
        e = assemblyai_failed(cx, why);
    else if (!e && *state == AAI_AGAIN)
        explain(cx, "assemblyai", "failed", why);
    if (e && e->retry_after_ms > *pause_ms)
        *pause_ms = e->retry_after_ms;
    if (e)
        e = err_new(cx, e->code, e->where, "%s", e->text);
    arena_free(part.arena);
    return e;
}

/* A question that fails is asked again: the transcript is being made meanwhile. */
static fallible await(struct ctx *cx, const struct hearing *h, struct transcript *out, enum assemblyai_state *state)
{
    const struct stt_settings *s = stt_settings(cx);
    const int64_t until = clock_ms() + s->stt_assemblyai_wait_s * INT64_C(1000) + (int64_t)(seconds_of(h) * 1000);

    for (int failures = 0;;) {
        int64_t pause_ms = s->stt_assemblyai_poll_ms;
        *state = AAI_WAITS;
        err_t e = poll(cx, h, out, state, &pause_ms);
        if (!e && *state != AAI_WAITS)
            return OK;
        failures = e ? failures + 1 : 0;
        if (e && (err_retry(e->code) != LATER || *state == AAI_DONE || failures >= POLL_FAILURES))
            return e;
        if (clock_ms() + pause_ms >= until)
            return fail(cx, TIMEOUT, "assemblyai has not finished transcript %s in time", h->held);
        TRY(clock_wait_ms(cx, pause_ms));
    }
}

/* --- the engine --- */

/* What failed at the provider by no fault of ours costs nothing there, and is asked for once more. */
static err_t hear(struct ctx *cx, struct hearing *h, struct transcript *out)
{
    static const char *const tries[] = { "create", "create-again" };
    enum assemblyai_state state = AAI_AGAIN;
    const char *url;
    bool old;

    if (mocks(cx))
        return assemblyai_mock(cx, h, out);
    TRY(upload(cx, h, &url, &old));
    for (size_t i = 0; i < COUNT(tries) && state == AAI_AGAIN; i++) {
        TRY(create(cx, h, tries[i], url, old, &h->held));
        TRY(await(cx, h, out, &state));
    }
    h->paid = false;
    if (state == AAI_AGAIN)
        return fail(cx, ENGINE_REFUSED, "assemblyai failed twice to make a transcript");
    if (!out->language && h->language)
        out->language = arena_text(cx->arena, h->language, strcspn(h->language, "-"));
    return OK;
}

static err_t forget(struct ctx *cx, const struct hearing *h)
{
    struct http_ask ask = { .verb = "DELETE" };
    struct http_answer answer = { 0 };

    if (!stt_settings(cx)->stt_assemblyai_delete || !h->held)
        return OK;
    return call(cx, arena_fmt(cx->arena, "/v2/transcript/%s", h->held), &ask, &answer);
}

const struct engine engine_assemblyai = {
    .name = "assemblyai", .tells_speakers = true, .whole_s = WHOLE_S,
    .model = model, .ready = ready, .mocks = mocks, .transcribe = hear, .forget = forget,
};
