/* What was heard in a piece is kept in the effect ledger: a transcription that was killed goes on at its
 * last piece, and a provider is not paid twice for one. Outside a job nothing is kept. */
#pragma once

#include "app/effects.h"
#include "engine.h"
#include "pieces.h"

/* `e->done`: an earlier attempt heard this piece, and `heard` is what it heard. FENCED_OFF, PG_DOWN. */
fallible checkpoint_begin(struct ctx *cx, const struct engine *by, const struct piece *p, struct effect *e,
                          struct transcript *heard);
fallible checkpoint_end(struct ctx *cx, const struct effect *e, const struct transcript *heard);
/* The engine failed: gives `why`, or what is graver. */
fallible checkpoint_failed(struct ctx *cx, const struct effect *e, err_t why);
