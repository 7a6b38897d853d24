/* A circuit breaker per engine: opens after failures in a row, lets one try through after a pause.
 * Shared by the threads of a process; states are metrics. */
#pragma once

#include "base/err.h"

#include <pthread.h>

/* Static, with its name only; breaker.c guards the rest. */
struct breaker {
    const char *name;
    int       failures;
    int64_t   open_until_ms, trying_since_ms;
    pthread_t trying;
};

#define BREAKER_FAILURES 5          /* in a row */
#define BREAKER_PAUSE_MS 10000
#define BREAKER_TRY_MS   600000     /* a try that has not come back by then is given up */

/* ENGINE_BUSY while it is open; retry_after_ms says for how long. */
fallible breaker_enter(struct ctx *cx, struct breaker *b);
/* What came of it, in the same thread, whenever breaker_enter was OK: only LATER errors count as failures;
 * that we were stopped or ran out of time ourselves says nothing. */
void breaker_leave(struct breaker *b, err_t e);

/* Errors that say something about the engine, not about us or the job: another engine may do better. */
bool engine_at_fault(const err_t e);
