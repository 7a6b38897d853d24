/* Which engines there are, and which of them may answer. */
#include "engine.h"

#include "config.h"

#include <string.h>

static const struct engine *const all[] = { &engine_openai, &engine_extract };

const struct engine *engine_named(const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT(all); i++)
        if (!strncmp(all[i]->name, name, len) && !all[i]->name[len])
            return all[i];
    return NULL;
}

/* What each engine of the declared order may do about a request. */
struct choice { struct engines able; struct text off; bool model_lacks, cannot; };

static void engine_weigh(struct ctx *cx, const struct engine *e, const struct wanted *wanted, struct choice *c)
{
    err_t off = e->ready ? e->ready(cx) : OK;

    if (wanted->work && e->can && !e->can(wanted->work)) {
        c->cannot = true;
        explain(cx, e->name, "left out", "it cannot do this: it writes nothing of its own");
    } else if (wanted->model && e->has_model && !e->has_model(wanted->model)) {
        c->model_lacks = true;
        explain(cx, e->name, "left out", "it does not have the model that is wanted");
    } else if (off) {
        text_fmt(&c->off, "%s%s: %s", c->off.n ? "; " : "", e->name, off->text);
        explain(cx, e->name, "left out", off->text);
    } else if (c->able.n < ENGINES_MOST) {
        c->able.at[c->able.n++] = e;
    }
}

/* Which engines could, here or elsewhere, for who asked one that cannot. */
static err_t refuse_work(struct ctx *cx, const struct wanted *wanted, const struct choice *c)
{
    struct text can = text_new(cx->arena, 64, 1024);

    for (size_t i = 0; i < COUNT(all); i++)
        if (!all[i]->can || all[i]->can(wanted->work))
            text_fmt(&can, "%s%s", can.n ? ", " : "", all[i]->name);
    const char *who = wanted->engine ? arena_fmt(cx->arena, "%s cannot", wanted->engine) : "no engine that is ready can";
    return fail(cx, ENGINE_REFUSED, "%s do %s; %s can%s", who, wanted->work->name, can.at, c->off.n ? ", and is not set up here" : "");
}

fallible engines_choose(struct ctx *cx, const struct wanted *wanted, struct engines *out)
{
    struct choice c = { .off = text_new(cx->arena, 64, 4096) };
    const char *at = llm_settings(cx)->llm_engines;

    if (wanted->engine && !engine_named(wanted->engine, strlen(wanted->engine)))
        return fail(cx, ENGINE_REFUSED, "there is no engine %s; there are openai and extract", wanted->engine);
    while (*(at += strspn(at, ", "))) {
        size_t len = strcspn(at, ", ");
        const struct engine *e = engine_named(at, len);
        if (e && (!wanted->engine || text_is(wanted->engine, e->name)))
            engine_weigh(cx, e, wanted, &c);
        at += len;
    }
    *out = c.able;
    if (out->n)
        return OK;
    if (c.cannot)
        return refuse_work(cx, wanted, &c);
    if (c.off.n)
        return fail(cx, ENGINE_DISABLED, "%s", c.off.at);
    if (c.model_lacks)
        return fail(cx, ENGINE_REFUSED, "%s does not have the model %s", wanted->engine ? wanted->engine : "no engine here", wanted->model);
    return fail(cx, ENGINE_DISABLED, "LLM_ENGINES names no engine that is wanted: %s", llm_settings(cx)->llm_engines);
}

const char *engines_first_effect(struct ctx *cx)
{
    const char *at = llm_settings(cx)->llm_engines;

    while (*(at += strspn(at, ", "))) {
        const struct engine *e = engine_named(at, strcspn(at, ", "));
        if (e && (!e->ready || !e->ready(cx)))
            return e->effect;
        at += strcspn(at, ", ");
    }
    return NULL;
}
