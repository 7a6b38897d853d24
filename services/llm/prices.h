/* What providers of language models ask, as listed on 2026-11-20 (US dollars, before tax). */
#pragma once

#include "base/ctx.h"

/* Tokens of one call; LONG_NONE: the provider did not say. `cached` of them are part of `prompt`. */
struct usage { int64_t prompt, cached, completion; };

/* Millionths of a dollar, rounded up; LONG_NONE: the model or the usage is not known. */
int64_t price_of(const char *model, const struct usage *u);
