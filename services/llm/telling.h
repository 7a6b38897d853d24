/* An answer on its way to whoever listens: kept whole, and sent on as events as it grows.
 * "answer.begin" goes first, so that a listener forgets what an earlier attempt or engine began to say. */
#pragma once

#include "base/text.h"

#define ANSWER_MAX_BYTES (160 << 10)    /* as JSON it must fit an effect's result, however it is escaped */

struct telling {
    struct ctx *cx;
    const char *engine, *model;
    struct text all, event;
    size_t      told;               /* bytes of `all` that were sent */
    bool        begun;
    bool        quiet;              /* nobody listens: what is told is a handler's own matter */
};

struct telling telling_new(struct ctx *cx, const char *engine, const char *model);
void telling_add(struct telling *t, struct bytes more);
void telling_flush(struct telling *t);      /* sends what was added */
void telling_end(struct telling *t);        /* sends what is left, and the whole */

/* A line of the job's explanation. */
void explain(struct ctx *cx, const char *engine, const char *what, const char *why);
