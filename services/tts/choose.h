/* Which engines may speak a text, in which order, with which voice; each verdict is kept for /explain. */
#pragma once

#include "engine.h"
#include "proto/tts.h"

struct choice { const struct engine *engine; const char *voice; };

/* A line of /explain. */
struct tts_verdict { const char *engine, *verdict, *why, *voice, *language; };
extern const struct shape tts_verdict_shape;
void verdict_tell(struct ctx *cx, const struct tts_verdict *v);

/* At least one of at most ENGINES_MOST. ENGINE_DISABLED, LANGUAGE_REFUSED, ENGINE_REFUSED (nobody has the voice),
 * INPUT_INVALID (no such engine). */
fallible engines_choose(struct ctx *cx, const struct tts_speak *in, const char *language, struct choice *to, size_t *n);
