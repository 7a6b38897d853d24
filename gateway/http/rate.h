/* Rate limits: a window of a minute that opens with the first hit, counted in Redis by one atomic script so that
 * all gateways share it. When Redis is away a table of this process counts alone. */
#pragma once

#include "base/err.h"

struct rate_answer { bool allowed; int64_t left, reset_s; };

void rate_take(struct ctx *cx, const char *key, int64_t limit, struct rate_answer *out);
