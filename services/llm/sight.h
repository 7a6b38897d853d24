/* One picture, or one question, to a model that sees. */
#pragma once

#include "proto/llm.h"

/* What it is asked. `picture`: a JPEG image; none: n is 0. */
struct sight { const char *question; struct bytes picture; };

/* SIGHT_DISABLED: no model is named. ENGINE_DISABLED: it is not ready otherwise. */
fallible sight_check(struct ctx *cx);
const char *sight_model(const struct ctx *cx);
/* The effect `name` of the job: what an earlier attempt was told is not asked again. ENGINE_*, TIMEOUT, cx's own errors. */
fallible sight_ask(struct ctx *cx, const char *name, const struct sight *what, struct answer *out);
