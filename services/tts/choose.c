#include "choose.h"
#include "app/worker.h"
#include "data/json.h"

#include <string.h>

SHAPE(tts_verdict, "What was decided about an engine, and why.",
    FIELD(tts_verdict, engine,   "Which."),
    FIELD(tts_verdict, verdict,  "chosen, failed, skipped or disabled."),
    FIELD(tts_verdict, why,      "The reason."),
    FIELD(tts_verdict, voice,    "The voice it has for this."),
    FIELD(tts_verdict, language, "The language spoken."));

void verdict_tell(struct ctx *cx, const struct tts_verdict *v)
{
    job_explain(cx, json_write(cx, &tts_verdict_shape, v));
}

/* An empty wish is none: a step of a flow may pass on what its client left empty. */
static const char *wish(const char *text) { return text && *text ? text : NULL; }

/* Those the caller or the configuration names. */
static fallible named(struct ctx *cx, const struct tts_speak *in, const struct engine **to, size_t *n)
{
    if (!wish(in->engine)) {
        *n = engines_list(to);
        return OK;
    }
    *n = 1;
    to[0] = engine_find(in->engine, strlen(in->engine));
    return to[0] ? OK : fail(cx, INPUT_INVALID, "There is no speech engine called %s", in->engine);
}

/* NULL, or why it cannot speak this. */
static const char *flaw_of(struct ctx *cx, const struct engine *e, const char *language, bool *disabled)
{
    const char *why = e->check(cx);

    *disabled = why;
    if (!why && !engine_speaks(e, language))
        why = arena_fmt(cx->arena, "it does not speak %s", language);
    return why;
}

/* Keeps those that can; tells about those that cannot. Gives the last reason. */
static const char *sift(struct ctx *cx, const struct engine **engines, size_t *n, const char *language, bool *all_disabled)
{
    const char *last = "TTS_ENGINES names none";
    size_t kept = 0;

    *all_disabled = true;
    for (size_t i = 0; i < *n; i++) {
        bool disabled;
        const char *why = flaw_of(cx, engines[i], language, &disabled);
        *all_disabled &= disabled;
        if (!why) {
            engines[kept++] = engines[i];
            continue;
        }
        verdict_tell(cx, &(struct tts_verdict){ engines[i]->name, disabled ? "disabled" : "skipped", why, NULL, language });
        last = arena_fmt(cx->arena, "%s: %s", engines[i]->name, why);
    }
    *n = kept;
    return last;
}

/* Engines that have the voice asked for go first; the others speak with their own voice when those fail. */
static size_t order(const struct engine **engines, size_t n, const char *wanted, const char *language, struct choice *to)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (engines[i]->voice(wanted, language))
            to[kept++] = (struct choice){ engines[i], engines[i]->voice(wanted, language) };
    size_t have = kept;
    for (size_t i = 0; have && i < n; i++)
        if (!engines[i]->voice(wanted, language) && engines[i]->voice(NULL, language))
            to[kept++] = (struct choice){ engines[i], engines[i]->voice(NULL, language) };
    return kept;
}

err_t engines_choose(struct ctx *cx, const struct tts_speak *in, const char *language, struct choice *to, size_t *n)
{
    const struct engine *engines[ENGINES_MOST];
    bool disabled;

    TRY(named(cx, in, engines, n));
    const char *why = sift(cx, engines, n, language, &disabled);
    if (!*n && disabled)
        return fail(cx, ENGINE_DISABLED, "no speech engine is enabled; %s", why);
    if (!*n)
        return fail(cx, LANGUAGE_REFUSED, "No configured speech engine can do this; %s", why);
    *n = order(engines, *n, wish(in->voice), language, to);
    if (!*n)
        return fail(cx, ENGINE_REFUSED, "No configured speech engine has the voice %s", wish(in->voice) ? in->voice : "for this language");
    return OK;
}
