/* The effect ledger: an outside effect (a provider charged, a webhook sent, a call placed) has a row that is
 * begun before and ended after, fenced by the job's attempt. A repeated job finds what was done before. */
#pragma once

#include "app/jobs.h"

#define EFFECT_MAX_BYTES (16u << 20)    /* of a result: the words of ten hours of speech */

enum effect_repeat {
    EFFECT_KEYED,       /* the other side takes an idempotency key: simply repeated, with the same key */
    EFFECT_ASKED,       /* it can be asked what happened: `found` of effect_begin says BEGUN, the caller asks */
    EFFECT_ONCE,        /* it cannot: a begun effect of an earlier attempt stops the job as EFFECT_UNKNOWN */
};

struct effect {
    const char *name;
    const char *key;                /* stable over attempts: the idempotency key */
    bool        done;               /* an earlier attempt finished it: `result` is what it gave */
    bool        begun;              /* an earlier attempt began it and did not end it */
    struct raw  result;
};

/* Begin effect `name` of cx->job. FENCED_OFF: the attempt is over. EFFECT_UNKNOWN: see above. */
fallible effect_begin(struct ctx *cx, const char *name, enum effect_repeat repeat, struct effect *out);
/* End it with its result (JSON object, at most EFFECT_MAX_BYTES) and what it cost, in millionths of a dollar (LONG_NONE: unknown). */
fallible effect_end(struct ctx *cx, const struct effect *e, const char *result, int64_t cost_micro);
/* It certainly did not happen: a later attempt begins anew. */
fallible effect_failed(struct ctx *cx, const struct effect *e, err_t why);
