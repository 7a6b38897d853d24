/* Which engines there are, and which of them may hear a recording. */
#include "engine.h"

#include "app/daemon.h"
#include "config.h"
#include "explain.h"

#include <string.h>

static const struct engine *const all[] = { &engine_assemblyai, &engine_deepgram, &engine_openai, &engine_pocketsphinx };

const struct engine *engine_named(const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT(all); i++)
        if (!strncmp(all[i]->name, name, len) && !all[i]->name[len])
            return all[i];
    return NULL;
}

static bool hears(const struct engine *e, const char *language)
{
    size_t len = language ? strcspn(language, "-") : 0;

    if (!e->languages || !language)
        return true;
    for (const char *const *l = e->languages; *l; l++)
        if (strlen(*l) == len && !strncmp(*l, language, len))
            return true;
    return false;
}

static bool mocks(struct ctx *cx, const struct engine *e) { return e->mocks && e->mocks(cx); }

/* What each engine of the declared order may do about a request. */
struct choice { struct engines able; struct text deaf, off; bool blind; };

static void engine_weigh(struct ctx *cx, const struct engine *e, const struct stt_transcribe *in, struct choice *c)
{
    err_t off = e->ready ? e->ready(cx) : OK;

    if (!hears(e, in->language)) {
        text_fmt(&c->deaf, "%s%s hears %s only", c->deaf.n ? "; " : "", e->name, e->languages[0]);
        explain(cx, e->name, "left out", "it does not hear the language");
    } else if (off) {
        text_fmt(&c->off, "%s%s: %s", c->off.n ? "; " : "", e->name, off->text);
        explain(cx, e->name, "left out", off->text);
    } else if (!in->file && !mocks(cx, e)) {
        c->blind = true;
    } else if (c->able.n < ENGINES_MOST) {
        if (e->languages && !in->language)
            explain(cx, e->name, "assumed", arena_fmt(cx->arena, "no language was said, and it hears %s only", e->languages[0]));
        if (in->diarize && !e->tells_speakers)
            explain(cx, e->name, "cannot", "it does not tell the speakers apart");
        c->able.at[c->able.n++] = e;
    }
}

static fallible refuse(struct ctx *cx, const struct stt_transcribe *in, const struct choice *c)
{
    if (c->blind)
        return fail(cx, INPUT_INVALID, "there is no recording (file), and it is not that ASSEMBLYAI_API_KEY is MOCK");
    if (c->deaf.n)
        return fail(cx, LANGUAGE_REFUSED, "no engine here hears %s: %s%s%s", in->language, c->deaf.at,
                    c->off.n ? "; these would, but are not configured: " : "", c->off.n ? c->off.at : "");
    if (c->off.n)
        return fail(cx, ENGINE_DISABLED, "%s", c->off.at);
    return fail(cx, ENGINE_DISABLED, "STT_ENGINES names no engine that is wanted: %s", stt_settings(cx)->stt_engines);
}

static const char *names(struct ctx *cx)
{
    struct text list = text_new(cx->arena, 64, 1000);

    for (size_t i = 0; i < COUNT(all); i++)
        text_fmt(&list, "%s%s", i ? ", " : "", all[i]->name);
    return list.at;
}

fallible engines_choose(struct ctx *cx, const struct stt_transcribe *in, struct engines *out)
{
    struct choice c = { .deaf = text_new(cx->arena, 64, 4096), .off = text_new(cx->arena, 64, 4096) };
    const char *at = stt_settings(cx)->stt_engines;

    if (in->engine && !engine_named(in->engine, strlen(in->engine)))
        return fail(cx, ENGINE_REFUSED, "there is no engine %s; there are %s", in->engine, names(cx));
    while (*(at += strspn(at, ", "))) {
        size_t len = strcspn(at, ", ");
        const struct engine *e = engine_named(at, len);
        if (e && (!in->engine || text_is(in->engine, e->name)))
            engine_weigh(cx, e, in, &c);
        at += len;
    }
    *out = c.able;
    return out->n ? OK : refuse(cx, in, &c);
}

void engines_rest(struct daemon *d)
{
    const struct stt_settings *s = d->config;

    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i]->rest)
            all[i]->rest(s->stt_idle_s);
}
