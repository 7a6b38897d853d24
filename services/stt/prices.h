/* What providers of speech to text ask for a minute, as listed on 2026-11-20 (US dollars, before tax). */
#pragma once

#include "recording.h"

/* Millionths of a dollar for so many samples; LONG_NONE: the model is not in the table. */
int64_t price_of(const struct ctx *cx, const char *model, size_t samples);
