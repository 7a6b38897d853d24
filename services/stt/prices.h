/* What providers of speech to text ask for a minute, as listed on 2026-11-20 (US dollars, before tax). */
#pragma once

#include "base/ctx.h"

/* Millionths of a dollar for so many seconds; LONG_NONE: the model is not in the table. */
int64_t price_of(const char *model, double seconds, bool diarize);
/* The same at a price per minute of one's own. */
int64_t price_at(int64_t micro_per_minute, double seconds);
