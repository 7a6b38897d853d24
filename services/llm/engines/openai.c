/* Chat completions as OpenAI, vLLM, Ollama, llama.cpp and Mistral serve them: streamed, each read of the
 * connection told at once. */
#include "engine.h"

#include "app/breaker.h"
#include "app/effects.h"
#include "app/worker.h"
#include "base/clock.h"
#include "config.h"
#include "data/json.h"
#include "data/sse.h"
#include "extract/passages.h"
#include "net/http.h"
#include "openai.h"
#include "openai_chunk.h"
#include "prompt.h"

#include <string.h>

#define HOSTED       "https://api.openai.com"
#define TOKEN_BYTES  3                  /* of a text that is written again, a token has so many or more */
#define TOKENS_MOST  16384              /* what models of today write at most in one answer */
#define EVENT_BYTES  (1u << 20)
#define BODY_BYTES   (64u << 20)        /* about 300 bytes of envelope a token */

static struct breaker breaker = { .name = "llm.openai" };

/* What servers differ in. OpenAI's reasoning models refuse max_tokens, older imitators know nothing else;
 * Mistral refuses every member it does not know. */
static const struct dialect { const char *name, *host, *max_tokens; bool asks_usage; } dialects[] = {
    { "openai",     HOSTED,                   "max_completion_tokens", true },
    { "mistral",    "https://api.mistral.ai", "max_tokens",            false },
    { "compatible", "",                       "max_tokens",            true },
};

static const struct dialect *dialect_of(const struct llm_settings *s)
{
    bool by_url = text_is(s->llm_dialect, "auto");
    const struct dialect *d = dialects;

    while (d < dialects + COUNT(dialects) - 1 && (by_url ? !text_starts(s->llm_openai_url, d->host) : !text_is(s->llm_dialect, d->name)))
        d++;
    return d;
}

/* A stream on its way in. */
struct stream {
    struct telling *tell;
    struct sse     *sse;
    struct text     whole;              /* the body of a server that does not stream */
    bool            begun, is_whole;    /* the first byte came; it began a JSON object */
    bool            done;               /* [DONE] came */
    int             chunks, broken;     /* read; skipped because they could not be */
    char            finish[24];
    struct usage    usage;
    bool            refused;
    err_t           failed;             /* the server's own word that it failed */
};

static const char *model(const struct ctx *cx) { return llm_settings(cx)->llm_openai_model; }

static bool has_model(const char *name) { return !text_is(name, "extract"); }

static const char *key_of(const struct llm_settings *s)
{
    const char *key = s->llm_openai_key && *s->llm_openai_key ? s->llm_openai_key : s->openai_api_key;

    return key && *key ? key : NULL;
}

static err_t ready(struct ctx *cx)
{
    const struct llm_settings *s = llm_settings(cx);

    if (!key_of(s) && text_starts(s->llm_openai_url, HOSTED))
        return fail(cx, ENGINE_DISABLED, "OPENAI_API_KEY is not set");
    return OK;
}

/* An answer that says a whole text again is as long as that. */
static int tokens_most(const struct llm_settings *s, const struct task *task)
{
    size_t again = task->work && task->work->keeps ? strlen(task->text) / TOKEN_BYTES + 256 : 0;

    again = again < TOKENS_MOST ? again : TOKENS_MOST;
    return again > (size_t)s->llm_max_tokens ? (int)again : s->llm_max_tokens;
}

static struct bytes body_write(struct ctx *cx, const struct task *task)
{
    const struct llm_settings *s = llm_settings(cx);
    const struct dialect *d = dialect_of(s);
    size_t first = (task->text ? strlen(task->text) : 0) + (task->material ? strlen(task->material) : 0) + 3072;
    struct text body = text_new(cx->arena, first, 64u << 20);

    text_put(&body, "{\"model\":");
    text_json(&body, task->model, strlen(task->model));
    text_put(&body, ",\"stream\":true");
    text_put(&body, d->asks_usage ? ",\"stream_options\":{\"include_usage\":true}" : "");
    text_fmt(&body, ",\"%s\":%d,\"messages\":", d->max_tokens, tokens_most(s, task));
    prompt_put(&body, task);
    text_char(&body, '}');
    return (struct bytes){ body.at, body.n };
}

/* --- the answer as it comes --- */

static bool is_text(struct bytes b, const char *text) { return b.n == strlen(text) && !memcmp(b.at, text, b.n); }

static err_t in_band_error(struct ctx *cx, const struct chunk *c)
{
    int n = (int)(c->error.n < 500 ? text_utf8_cut(c->error.at ? c->error.at : "", c->error.n) : 500);

    if (is_text(c->error_code, "insufficient_quota"))
        return fail(cx, ENGINE_QUOTA, "openai: %.*s", n, c->error.at);
    if (is_text(c->error_code, "context_length_exceeded"))
        return fail(cx, ENGINE_REFUSED, "openai: %.*s", n, c->error.at);
    return fail(cx, ENGINE_BROKEN, "openai failed in the middle: %.*s", n, c->error.n ? c->error.at : "");
}

static void usage_keep(struct usage *kept, const struct usage *u)
{
    if (u->prompt != LONG_NONE)
        *kept = *u;
}

static err_t chunk_take(struct ctx *cx, struct stream *st, struct bytes data)
{
    struct chunk c;

    if (!chunk_read(cx->arena, data, &c)) {
        st->broken++;
        return OK;
    }
    if (c.failed)
        return st->failed = in_band_error(cx, &c);
    st->chunks++;
    st->refused |= c.refusal.n > 0;
    telling_add(st->tell, c.content);
    telling_add(st->tell, c.refusal);
    if (c.finish.n && c.finish.n < sizeof(st->finish)) {
        memcpy(st->finish, c.finish.at, c.finish.n);
        st->finish[c.finish.n] = '\0';
    }
    usage_keep(&st->usage, &c.usage);
    return st->tell->all.full ? fail(cx, ENGINE_BROKEN, "openai: the answer has more than %d bytes", ANSWER_MAX_BYTES) : OK;
}

static err_t event_take(struct ctx *cx, void *with, const struct sse_event *e)
{
    struct stream *st = with;

    if (st->done)
        return OK;
    if (is_text(e->data, "[DONE]")) {
        st->done = true;
        return OK;
    }
    return chunk_take(cx, st, e->data);
}

/* One read of the connection: what it brought is told together. */
static err_t bytes_take(struct ctx *cx, void *with, const char *at, size_t n)
{
    struct stream *st = with;

    for (size_t i = 0; !st->begun && i < n; i++) {
        st->begun = !strchr(" \t\r\n", at[i]) || !at[i];
        st->is_whole = at[i] == '{';
    }
    if (st->is_whole) {
        text_add(&st->whole, at, n);
        return st->whole.full ? fail(cx, ENGINE_BROKEN, "openai: the answer is too long") : OK;
    }
    err_t e = sse_feed(cx, st->sse, at, n, event_take, st);
    telling_flush(st->tell);
    return e;
}

/* --- what came of it --- */

/* A stream that was cut is usable when the model had finished; else the answer lacks its end. */
static err_t stream_judge(struct ctx *cx, struct stream *st, const char *type, err_t e)
{
    bool finished = *st->finish || st->done;

    if (st->failed)
        return st->failed;
    if (e)
        return finished && st->tell->all.n && (e->code == E_ENGINE_DOWN || e->code == E_TIMEOUT) ? OK : e;
    if (st->is_whole)
        TRY(chunk_take(cx, st, (struct bytes){ st->whole.at, st->whole.n }));
    if (!st->chunks)
        return fail(cx, ENGINE_BROKEN, "openai: the answer (%s) is no stream of completions, %d chunks are broken", type, st->broken);
    if (text_is(st->finish, "content_filter") && !st->tell->all.n)
        return fail(cx, ENGINE_REFUSED, "openai: the provider's content filter held the answer back");
    if (!finished && !*st->finish)
        return fail(cx, ENGINE_BROKEN, "openai: the stream was cut");
    return st->tell->all.n ? OK : fail(cx, ENGINE_BROKEN, "openai: the answer is empty");
}

static void stream_explain(struct ctx *cx, const struct stream *st)
{
    if (st->broken)
        explain(cx, "openai", "skipped", arena_fmt(cx->arena, "%d chunks of the stream could not be read", st->broken));
    if (st->refused)
        explain(cx, "openai", "refused", "the model refused to answer");
    if (text_is(st->finish, "length"))
        explain(cx, "openai", "cut", "the answer reached the most tokens allowed (LLM_MAX_TOKENS or the model's)");
    if (text_is(st->finish, "content_filter"))
        explain(cx, "openai", "cut", "the provider's content filter ended the answer");
}

/* More than a model should be given at once is cut down to what matters. */
static fallible task_shorten(struct ctx *cx, const struct task *whole, struct task *task)
{
    size_t most = (size_t)llm_settings(cx)->llm_material_bytes;
    const char *asked = whole->question && *whole->question ? whole->question : whole->text;

    *task = *whole;
    if (whole->work && whole->work->keeps)
        return whole->text && strlen(whole->text) > most ? fail(cx, ENGINE_REFUSED, "openai: the text is longer than %zu bytes: send it in parts", most) : OK;
    TRY(passages_pick(cx, whole->material, asked, most, &task->material));
    TRY(passages_pick(cx, whole->text, whole->question, most, &task->text));
    if (task->material != whole->material || task->text != whole->text)
        explain(cx, "openai", "shortened", "the text is longer than LLM_MATERIAL_BYTES: only the passages nearest to the question were sent");
    return OK;
}

/* Half a text is not the text. */
static err_t work_judge(struct ctx *cx, const struct task *task, const struct stream *st)
{
    if (!task->work || (!text_is(st->finish, "length") && !text_is(st->finish, "content_filter")))
        return OK;
    return fail(cx, ENGINE_REFUSED, "openai: the answer was cut: send a shorter text");
}

static fallible request(struct ctx *cx, const struct task *task, const char *key, struct stream *st)
{
    const struct llm_settings *s = llm_settings(cx);
    const char *headers[4] = { "Accept: text/event-stream" }, *url = s->llm_openai_url;
    struct http_answer got = { .type = "" };
    size_t n = 1, len = strlen(url);

    if (key_of(s))
        headers[n++] = arena_fmt(cx->arena, "Authorization: Bearer %s", key_of(s));
    if (key)
        headers[n++] = arena_fmt(cx->arena, "Idempotency-Key: %s", key);
    while (len && url[len - 1] == '/')
        len--;
    struct http_ask ask = {
        .verb = "POST", .url = arena_fmt(cx->arena, "%.*s/chat/completions", (int)len, url), .headers = headers,
        .type = "application/json", .body = body_write(cx, task), .max_bytes = BODY_BYTES,
        .first_byte_ms = s->llm_first_byte_ms, .idle_ms = s->llm_idle_ms, .on = bytes_take, .with = st,
    };
    err_t e = http_send(cx, &ask, &got);
    if (!e)
        TRY(http_check(cx, "openai", &got));
    e = stream_judge(cx, st, got.type, e);
    return e ? e : work_judge(cx, task, st);
}

static void answer_fill(struct answer *out, const struct task *task, const struct stream *st)
{
    out->answer = st->tell->all.at;
    out->engine = "openai";
    out->model = task->model;
    out->prompt_tokens = st->usage.prompt;
    out->completion_tokens = st->usage.completion;
    out->cost_micro = price_of(task->model, &st->usage);
}

static fallible ask(struct ctx *cx, const struct task *whole, const char *key, struct telling *t, struct answer *out)
{
    struct stream st = {
        .tell = t, .sse = sse_new(cx->arena, EVENT_BYTES), .whole = text_new(cx->arena, 64, ANSWER_MAX_BYTES * 8),
        .usage = { LONG_NONE, LONG_NONE, LONG_NONE },
    };
    struct task task;

    TRY(task_shorten(cx, whole, &task));
    TRY(breaker_enter(cx, &breaker));
    err_t e = request(cx, &task, key, &st);
    breaker_leave(&breaker, e);
    stream_explain(cx, &st);
    answer_fill(out, &task, &st);
    return e;
}

/* What an earlier attempt was answered is told again, and nobody is asked. */
static fallible answer_again(struct ctx *cx, const struct effect *e, struct telling *t, struct answer *out)
{
    out->prompt_tokens = out->completion_tokens = out->cost_micro = LONG_NONE;
    TRY(json_read_kept(cx, e->result.text, &answer_shape, out));
    telling_add(t, (struct bytes){ out->answer, strlen(out->answer) });
    explain(cx, "openai", "remembered", "an earlier attempt was answered already");
    return OK;
}

/* Did the provider certainly not answer? After silence or a cut it is asked again by the same key. */
static bool is_certain(err_t e)
{
    return e->code != E_TIMEOUT && e->code != E_ENGINE_DOWN && e->code != E_ENGINE_BROKEN;
}

static err_t answer_ask(struct ctx *cx, const struct task *task, struct telling *t, struct answer *out)
{
    struct effect effect = { 0 };

    if (!cx->job)
        return ask(cx, task, NULL, t, out);
    TRY(effect_begin(cx, engine_openai.effect, EFFECT_KEYED, &effect));
    if (effect.done)
        return answer_again(cx, &effect, t, out);
    err_t e = ask(cx, task, effect.key, t, out);
    if (!e)
        return job_effect_end(cx, &effect, json_write(cx, &answer_shape, out), out->cost_micro);
    if (is_certain(e))
        TRY(effect_failed(cx, &effect, e));
    return e;
}

/* --- for who looks at pictures there --- */

const char *openai_max_tokens(const struct llm_settings *s) { return dialect_of(s)->max_tokens; }

size_t openai_headers(struct ctx *cx, const struct llm_settings *s, const char *key, const char **headers)
{
    size_t n = 0;

    if (key_of(s))
        headers[n++] = arena_fmt(cx->arena, "Authorization: Bearer %s", key_of(s));
    if (key)
        headers[n++] = arena_fmt(cx->arena, "Idempotency-Key: %s", key);
    return n;
}

const struct engine engine_openai = {
    .name = "openai", .effect = "answer-openai", .model = model, .has_model = has_model, .ready = ready, .answer = answer_ask,
};
