/* Who may send where now: few at once to one address, and few to all those together that fail, so that neither a slow address nor
 * many dead ones hold up the rest. */
#pragma once

#include "base/err.h"

/* A seat for a request to `endpoint`; give it back. TURN_LATER: others are before it, with the time at which its turn comes. */
fallible turn_take(struct ctx *cx, const char *endpoint, bool failing);
void     turn_give(const char *endpoint, bool failing, int64_t took_ms);
/* The address asked for a pause: nobody's turn comes before. */
void     turn_pause(const char *endpoint, int64_t ms);
