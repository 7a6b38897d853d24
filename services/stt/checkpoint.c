#include "checkpoint.h"

#include "data/json.h"

#include <math.h>
#include <string.h>

#define HELD "held"             /* what the provider calls what it keeps of us, beside the transcript */

const char *checkpoint_name(struct ctx *cx, const struct engine *by, const struct piece *p)
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

fallible step_begin(struct ctx *cx, const char *name, enum effect_repeat repeat, struct effect *e)
{
    *e = (struct effect){ 0 };
    return cx->job ? effect_begin(cx, name, repeat, e) : OK;
}

fallible step_end(struct ctx *cx, const struct effect *e, const char *result, int64_t cost_micro)
{
    return cx->job ? effect_end(cx, e, result, cost_micro) : OK;
}

bool step_undone(const err_t why)
{
    switch (why->code) {
    case E_ENGINE_REFUSED: case E_ENGINE_DISABLED: case E_ENGINE_QUOTA: case E_ENGINE_BUSY: case E_BODY_TOO_LARGE: case E_SPEECH_ABSENT:
        return true;
    default:
        return false;
    }
}

fallible step_failed(struct ctx *cx, const struct effect *e, err_t why)
{
    if (cx->job && step_undone(why))
        TRY(effect_failed(cx, e, why));
    return why;
}

fallible checkpoint_begin(struct ctx *cx, struct hearing *h, struct effect *e, struct transcript *heard)
{
    TRY(step_begin(cx, h->name, EFFECT_KEYED, e));
    h->key = e->key;
    if (!e->done)
        return OK;
    h->held = json_text(cx, e->result.text, HELD);
    return heard_read(cx, e, heard);
}

/* The transcript, and one member more. */
fallible checkpoint_end(struct ctx *cx, const struct hearing *h, const struct effect *e, const struct transcript *heard)
{
    struct text json = text_new(cx->arena, 4096, EFFECT_MAX_BYTES);

    if (!cx->job)
        return OK;
    json_put(&json, &transcript_shape, heard);
    if (h->held && json.n) {
        json.at[--json.n] = '\0';
        text_put(&json, ",\"" HELD "\":");
        text_json(&json, h->held, strlen(h->held));
        text_char(&json, '}');
    }
    return json.full ? fail(cx, BODY_TOO_LARGE, "%s heard more than can be kept in one piece", h->name) : effect_end(cx, e, json.at, heard->cost_micro);
}
