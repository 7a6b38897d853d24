/* Counting: windows that open with the first hit, kept in Redis by atomic scripts so that all gateways share them. When
 * Redis is away, tables of this process count alone, and a metric says so. Who may do what how often: rate_rules.h. */
#pragma once

#include "http/ended.h"

struct rate_ask {
    const char *key;                /* what is counted, and for whom */
    int64_t limit, window_s;
    const char *ban;                /* whom repeated violations shut out altogether; NULL: nobody */
    const struct asker *asker;      /* the same round trip tells whether their token is still taken; NULL: nobody */
};
struct rate_answer { bool allowed, banned; int64_t left, reset_s; enum standing standing; };

#define RATE_STRIKES   5            /* violations in a minute; the next one bans */
#define RATE_STRIKE_MS 60000
#define RATE_BAN_MS    600000

void rate_take(struct ctx *cx, const struct rate_ask *ask, struct rate_answer *out);
