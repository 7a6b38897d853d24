/* W3C trace context, level 2. */
#pragma once

#include "base/ctx.h"

#define TRACEPARENT_BYTES 56

/* Continue the caller's trace, or begin one when `traceparent` is NULL or invalid. A new span either way. */
void trace_start(struct ctx *cx, const char *traceparent);
/* The same in cx's arena. */
const char *trace_text(struct ctx *cx);
void trace_parent(const struct ctx *cx, char to[TRACEPARENT_BYTES]);    /* what we send on */
