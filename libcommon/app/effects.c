#include "app/effects.h"
#include "base/clock.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define RESULT_MAX_BYTES (1u << 20)

struct effect_row { const char *state, *before; struct raw result; int before_attempt; };
SHAPE(effect_row, "A row of the effect ledger.",
    FIELD(effect_row, state,          "Where it stands."),
    FIELD(effect_row, result,         "What it gave."),
    FIELD(effect_row, before,         "Where it stood."),
    FIELD(effect_row, before_attempt, "Which attempt left it so."));

/* The key is stable over attempts: job and name. */
err_t effect_begin(struct ctx *cx, const char *name, enum effect_repeat repeat, struct effect *out)
{
    const struct job *job = cx->job;
    struct effect_row row = { 0 };
    bool found;

    TRY(clock_check(cx));
    TRY(pg_find(cx, SQL(effect_begin), ARGS(job->id, name, job->attempt), &effect_row_shape, &row, &found));
    if (!found)
        return fail(cx, FENCED_OFF, "attempt %d of job %s is over", job->attempt, job->id);
    *out = (struct effect){
        .name = name, .key = arena_fmt(cx->arena, "%s/%s", job->id, name), .done = text_is(row.state, "done"),
        .begun = text_is(row.before, "begun") && row.before_attempt != job->attempt, .result = row.result,
    };
    if (out->begun && repeat == EFFECT_ONCE)
        return fail(cx, EFFECT_UNKNOWN, "effect %s of job %s was begun by attempt %d and not ended", name, job->id, row.before_attempt);
    return OK;
}

static err_t end(struct ctx *cx, const struct effect *e, const char *state, const char *result, const char *error, int64_t cost_micro)
{
    struct effect_row row = { 0 };
    struct arg cost = cost_micro == LONG_NONE ? arg_text(NULL) : arg_long(cost_micro);
    struct arg args[] = { ARG(cx->job->id), ARG(e->name), ARG(cx->job->attempt), ARG(state), ARG(result), ARG(error), cost };
    bool found;

    TRY(pg_find(cx, SQL(effect_end), args, &effect_row_shape, &row, &found));
    return found ? OK : fail(cx, FENCED_OFF, "effect %s of job %s is another attempt's", e->name, cx->job->id);
}

err_t effect_end(struct ctx *cx, const struct effect *e, const char *result, int64_t cost_micro)
{
    if (result && strlen(result) > RESULT_MAX_BYTES)
        return fail(cx, BUG, "the result of effect %s has %zu bytes", e->name, strlen(result));
    return end(cx, e, "done", result, NULL, cost_micro);
}

err_t effect_failed(struct ctx *cx, const struct effect *e, err_t why)
{
    return end(cx, e, "failed", NULL, err_name(why->code), LONG_NONE);
}
