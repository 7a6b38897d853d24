/* Answers of OpenAI-compatible transcription servers. */
#pragma once

#include "proto/stt.h"

/* The words of a piece of so many seconds. ENGINE_BROKEN: no such answer. */
fallible openai_reply_read(struct ctx *cx, struct bytes body, double duration_s, struct transcript *out);
