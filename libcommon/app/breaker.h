/* A circuit breaker per engine: opens after failures in a row, lets one try through after a pause.
 * Shared by the threads of a process; states are metrics. */
#pragma once

#include "base/err.h"

struct breaker { const char *name; int failures; int64_t open_until_ms; bool trying; void *lock; };

#define BREAKER_FAILURES 5          /* in a row */
#define BREAKER_PAUSE_MS 10000

/* ENGINE_BUSY while it is open; retry_after_ms says for how long. */
fallible breaker_enter(struct ctx *cx, struct breaker *b);
/* What came of it: only LATER errors count as failures. */
void breaker_leave(struct breaker *b, err_t e);
