#include "sight.h"

#include "app/breaker.h"
#include "app/effects.h"
#include "config.h"
#include "data/json.h"
#include "engine.h"
#include "engines/openai.h"
#include "engines/openai_chunk.h"
#include "net/http.h"
#include "prices.h"

#include <string.h>

#define BODY_BYTES    (8u << 20)        /* a picture as text is a third larger */
#define ANSWER_BYTES  (1u << 20)
#define SILENCE_MS    120000            /* a model looks long before it says a word, and then says all */

static struct breaker breaker = { .name = "llm.sight" };

const char *sight_model(const struct ctx *cx)
{
    const char *model = llm_settings(cx)->llm_vision_model;

    return model && *model ? model : NULL;
}

err_t sight_check(struct ctx *cx)
{
    return sight_model(cx) ? engine_openai.ready(cx) : fail(cx, SIGHT_DISABLED, "LLM_VISION_MODEL is not set");
}

static struct bytes body_write(struct ctx *cx, const struct sight *what)
{
    const struct llm_settings *s = llm_settings(cx);
    struct text body = text_new(cx->arena, what->picture.n * 4 / 3 + 4096, BODY_BYTES);

    text_put(&body, "{\"model\":");
    text_json(&body, sight_model(cx), strlen(sight_model(cx)));
    text_fmt(&body, ",\"%s\":%d,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":", openai_max_tokens(s), s->llm_max_tokens);
    text_json(&body, what->question, strlen(what->question));
    text_char(&body, '}');
    if (what->picture.n) {
        text_put(&body, ",{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64,");
        text_put(&body, text_base64(cx->arena, what->picture.at, what->picture.n));
        text_put(&body, "\"}}");
    }
    text_put(&body, "]}]}");
    return (struct bytes){ body.at, body.n };
}

static fallible read_answer(struct ctx *cx, struct bytes body, struct answer *out)
{
    struct chunk c;

    if (!chunk_read(cx->arena, body, &c) || c.failed)
        return fail(cx, ENGINE_BROKEN, "openai: the answer about a picture is no completion");
    if (!c.content.n)
        return c.refusal.n ? fail(cx, ENGINE_REFUSED, "openai: the model refuses to look at a picture") : fail(cx, ENGINE_BROKEN, "openai: the answer about a picture is empty");
    *out = (struct answer){ .answer = arena_text(cx->arena, c.content.at, text_utf8_cut(c.content.at, c.content.n)), .engine = engine_openai.name, .model = sight_model(cx),
                            .prompt_tokens = c.usage.prompt, .completion_tokens = c.usage.completion, .cost_micro = price_of(sight_model(cx), &c.usage) };
    return OK;
}

static fallible request(struct ctx *cx, const char *key, const struct sight *what, struct answer *out)
{
    const struct llm_settings *s = llm_settings(cx);
    const char *headers[4] = { "Accept: application/json" }, *url = s->llm_openai_url;
    struct http_answer got = { .type = "" };
    size_t len = strlen(url);

    openai_headers(cx, s, key, headers + 1);
    while (len && url[len - 1] == '/')
        len--;
    TRY(http_send(cx, &(struct http_ask){ .verb = "POST", .url = arena_fmt(cx->arena, "%.*s/chat/completions", (int)len, url), .headers = headers, .type = "application/json",
                                          .body = body_write(cx, what), .max_bytes = ANSWER_BYTES, .first_byte_ms = SILENCE_MS, .idle_ms = s->llm_idle_ms }, &got));
    TRY(http_check(cx, "openai", &got));
    return read_answer(cx, got.body, out);
}

/* After silence or a cut the same is asked again by the same key. */
static bool is_certain(err_t e) { return e->code != E_TIMEOUT && e->code != E_ENGINE_DOWN && e->code != E_ENGINE_BROKEN; }

err_t sight_ask(struct ctx *cx, const char *name, const struct sight *what, struct answer *out)
{
    struct effect effect = { 0 };

    TRY(effect_begin(cx, name, EFFECT_KEYED, &effect));
    if (effect.done) {
        out->prompt_tokens = out->completion_tokens = out->cost_micro = LONG_NONE;
        return json_read_kept(cx, effect.result.text, &answer_shape, out);
    }
    TRY(breaker_enter(cx, &breaker));
    err_t e = request(cx, effect.key, what, out);
    breaker_leave(&breaker, e);
    if (!e)
        return effect_end(cx, &effect, json_write(cx, &answer_shape, out), out->cost_micro);
    if (is_certain(e))
        TRY(effect_failed(cx, &effect, e));
    return e;
}
