/* When a webhook is tried again. */
#pragma once

#include "data/shape.h"

#define ATTEMPTS_MOST_EVER 32
extern const struct format format_schedule;

/* Milliseconds until attempt number `tries` + 1, with up to a tenth more by chance, and never before what the receiver asked for.
 * False: there is no further attempt. */
bool schedule_next(const char *schedule, int tries, int64_t retry_after_ms, int64_t *wait_ms);
