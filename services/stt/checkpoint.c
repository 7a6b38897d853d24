#include "checkpoint.h"

#include "data/json.h"

#include <math.h>
#include <string.h>

/* Named after its samples as well: should a newer version cut differently, nothing old is taken for it. */
static const char *name_of(struct ctx *cx, const struct engine *by, const struct piece *p)
{
    return arena_fmt(cx->arena, "piece-%s-%lld-%lld", by->name, (long long)p->from, (long long)p->to);
}

/* What is null in JSON stays as it is in the struct: unknown, not zero. */
static fallible heard_read(struct ctx *cx, const struct effect *e, struct transcript *heard)
{
    heard->cost_micro = LONG_NONE;
    heard->confidence = REAL_NONE;
    TRY(json_read_kept(cx, e->result.text, &transcript_shape, heard));
    for (size_t i = 0; isnan(heard->confidence) && i < heard->words.n; i++)
        heard->words.at[i].confidence = REAL_NONE;
    return OK;
}

fallible checkpoint_begin(struct ctx *cx, const struct engine *by, const struct piece *p, struct effect *e,
                          struct transcript *heard)
{
    *e = (struct effect){ 0 };
    if (!cx->job)
        return OK;
    TRY(effect_begin(cx, name_of(cx, by, p), EFFECT_KEYED, e));
    return e->done ? heard_read(cx, e, heard) : OK;
}

fallible checkpoint_end(struct ctx *cx, const struct effect *e, const struct transcript *heard)
{
    if (!cx->job)
        return OK;
    return effect_end(cx, e, json_write(cx, &transcript_shape, heard), heard->cost_micro);
}

/* Only an engine that answered has certainly done nothing; after silence it is asked again by the same key. */
fallible checkpoint_failed(struct ctx *cx, const struct effect *e, err_t why)
{
    if (cx->job && why->code != E_TIMEOUT && why->code != E_ENGINE_DOWN && why->code != E_ENGINE_BROKEN)
        TRY(effect_failed(cx, e, why));
    return why;
}
