/* Manners towards sites: so many fetches at a time from one host, by all workers together, not too soon after one another, and
 * none at all while it says that we ask too much. Kept in Redis, with a lease; without Redis by each process for itself. */
#pragma once

#include "base/err.h"

struct turn { const char *host, *token; bool local; int64_t renewed_ms; };

/* Waits a moment for a turn at this host; given back when cx's arena dies at the latest. SITE_BUSY, with retry_after_ms. */
fallible host_enter(struct ctx *cx, const char *host, struct turn **out);
void     host_renew(struct ctx *cx, struct turn *t);        /* at any rate; only when it is due it does anything */
void     host_leave(struct ctx *cx, struct turn *t);
/* Nobody fetches from it for so long. */
void     host_rest(struct ctx *cx, const char *host, int64_t ms);
