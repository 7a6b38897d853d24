/* Tokens of language models that one account may use a day: what its jobs have used is known once they end, and looked at before
 * the next one is accepted. Who asks several at once may so go beyond the quota, by as many as the rate allows. */
#pragma once

#include "http/exchange.h"

#define QUOTA_NONE (-1)

/* "user=2000,agent=10000". CONFIG_INVALID. */
fallible quotas_check(struct ctx *cx, const char *list);
int64_t quota_of(const char *list, const char *role);           /* QUOTA_NONE */

struct token_quota { int64_t limit, used, left, reset_s; };     /* limit and left LONG_NONE: there is none */
/* Of the caller. `touch`: what is used from now on today counts. */
fallible quota_read(struct ctx *cx, const struct exchange *x, bool touch, struct token_quota *out);
