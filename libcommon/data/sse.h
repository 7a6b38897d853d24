/* Server-sent events (WHATWG HTML 9.2), read from bytes that come in any pieces. */
#pragma once

#include "base/text.h"

struct sse_event { const char *type, *id; struct bytes data; };     /* type "" means message; data is NUL-ended */

struct sse;
/* `max_bytes` bounds one line and one event's data. */
struct sse *sse_new(struct arena *a, size_t max_bytes);

/* Feed bytes; `on` is called for each whole event, whose memory lasts for the call. An error of `on` ends
 * the feeding and is returned. ENGINE_BROKEN: a line or event above max_bytes. */
fallible sse_feed(struct ctx *cx, struct sse *s, const char *at, size_t n,
                  err_t (*on)(struct ctx *cx, void *with, const struct sse_event *e), void *with);
