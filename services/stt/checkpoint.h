/* What was heard in a piece is kept in the effect ledger: a transcription that was killed goes on at its
 * last piece, and a provider is not paid twice for one. Outside a job nothing is kept. */
#pragma once

#include "app/effects.h"
#include "engine.h"
#include "pieces.h"

/* Of the effect of a piece, after its samples as well: should a newer version cut differently, nothing old is taken for it. */
const char *checkpoint_name(struct ctx *cx, const struct engine *by, const struct piece *p);

/* `e->done`: an earlier attempt heard this piece; `heard` is what it heard, h->held what the provider called it. FENCED_OFF, PG_DOWN. */
fallible checkpoint_begin(struct ctx *cx, struct hearing *h, struct effect *e, struct transcript *heard);
fallible checkpoint_end(struct ctx *cx, const struct hearing *h, const struct effect *e, const struct transcript *heard);

/* The steps of an engine that needs several requests for a piece. `e->done`: `e->result` is what it gave. */
fallible step_begin(struct ctx *cx, const char *name, enum effect_repeat repeat, struct effect *e);
fallible step_end(struct ctx *cx, const struct effect *e, const char *result, int64_t cost_micro);
/* It, or the whole piece, failed: gives `why`, or what is graver. */
fallible step_failed(struct ctx *cx, const struct effect *e, err_t why);
/* The engine answered, and has certainly done nothing: anything else may have happened. */
bool step_undone(const err_t why);
