/* Answers of Deepgram. */
#pragma once

#include "proto/stt.h"

/* What was heard in a recording of so many seconds, with what it costs: `model` was asked, and `diarize` as well.
 * ENGINE_BROKEN: no such answer. */
fallible deepgram_reply_read(struct ctx *cx, struct bytes body, double duration_s, const char *model, bool diarize, struct transcript *out);
