#include "app/effects.h"
#include "app/group.h"
#include "app/persons.h"
#include "base/clock.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define CLAIM_FRESH_MS 500          /* so long a claim stands for a look at the job: what is begun later sees its cancel */

struct effect_row { const char *job_id, *name, *state, *before; struct raw result; int before_attempt; };
SHAPE(effect_row, "A row of the effect ledger.",
    FIELD(effect_row, job_id,         "Its job."),
    FIELD(effect_row, name,           "Its name."),
    FIELD(effect_row, state,          "Where it stands."),
    FIELD(effect_row, result,         "What it gave."),
    FIELD(effect_row, before,         "Where it stood."),
    FIELD(effect_row, before_attempt, "Which attempt left it so."));
struct effect_rows { LIST_OF(struct effect_row) rows; };

/* --- beginning: executors that begin effects at the same time share a commit --- */

struct beginning { struct ctx *cx; const char *name; struct effect_row row; bool found; enum err_code code; };    /* code ERR_CODES: none */

/* Its thread sleeps meanwhile: what it gets goes into its own arena. */
static void give(struct beginning *b, const struct effect_row *row)
{
    struct arena *a = b->cx->arena;

    b->found = true;
    b->row = (struct effect_row){
        .state = arena_fmt(a, "%s", row->state), .before = row->before ? arena_fmt(a, "%s", row->before) : NULL,
        .before_attempt = row->before_attempt, .result = { row->result.text ? arena_fmt(a, "%s", row->result.text) : NULL },
    };
}

static err_t begin_all(struct ctx *cx, void *const *items, size_t n)
{
    const char *ids[GROUP_MOST] = { NULL }, *names[GROUP_MOST] = { NULL }, *attempts[GROUP_MOST] = { NULL };
    struct effect_rows begun = { 0 };

    for (size_t i = 0; i < n; i++) {
        const struct beginning *b = items[i];
        ids[i] = b->cx->job->id, names[i] = b->name, attempts[i] = arena_fmt(cx->arena, "%d", b->cx->job->attempt);
    }
    TRY(pg_list(cx, SQL(effects_begin), ARGS(pg_array(cx, ids, n), pg_array(cx, names, n), pg_array(cx, attempts, n)), &effect_row_shape, &begun.rows));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < begun.rows.n; k++)
            if (!strcmp(begun.rows.at[k].job_id, ids[i]) && !strcmp(begun.rows.at[k].name, names[i]))
                give(items[i], &begun.rows.at[k]);
    return OK;
}

static void begin_group(struct ctx *cx, void *const *items, size_t n)
{
    err_t e = begin_all(cx, items, n);

    for (size_t i = 0; i < n; i++) {
        err_t own = e && n > 1 && e->code == E_BUG ? begin_all(cx, &items[i], 1) : e;
        ((struct beginning *)items[i])->code = own ? own->code : ERR_CODES;
    }
}

GROUP(beginnings, begin_group);

/* Stable over attempts: job and name. */
static const char *key_of(struct ctx *cx, const char *name) { return arena_fmt(cx->arena, "%s/%s", cx->job->id, name); }

/* Begun with the claim, a moment ago and for the first time: nobody has to be asked. */
static bool begun_with_claim(const struct job *job, const char *name, enum effect_repeat repeat)
{
    struct begun *b = job->begun;

    if (!b || b->used || repeat != EFFECT_KEYED || !text_is(b->name, name))
        return false;
    b->used = true;
    return clock_ms() - b->claimed_ms < CLAIM_FRESH_MS;
}

err_t effect_begin(struct ctx *cx, const char *name, enum effect_repeat repeat, struct effect *out)
{
    const struct job *job = cx->job;
    struct beginning b = { .cx = cx, .name = name };

    TRY(clock_check(cx));
    if (begun_with_claim(job, name, repeat)) {
        *out = (struct effect){ .name = name, .key = key_of(cx, name) };
        return OK;
    }
    group_join(cx, &beginnings, &b);
    if (b.code != ERR_CODES)
        return err_new(cx, b.code, __FILE__ ":" LINE(__LINE__), "effect %s of job %s could not be begun", name, job->id);
    if (!b.found)
        return fail(cx, FENCED_OFF, "attempt %d of job %s is over", job->attempt, job->id);
    *out = (struct effect){
        .name = name, .key = key_of(cx, name), .done = text_is(b.row.state, "done"),
        .begun = text_is(b.row.before, "begun") && b.row.before_attempt != job->attempt, .result = b.row.result,
    };
    TRY(person_open_json(cx, job->owner, out->result.text, &out->result.text));
    if (out->begun && repeat == EFFECT_ONCE)
        return fail(cx, EFFECT_UNKNOWN, "effect %s of job %s was begun by attempt %d and not ended", name, job->id, b.row.before_attempt);
    return OK;
}

/* --- ending --- */

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
    if (result && strlen(result) > EFFECT_MAX_BYTES)
        return fail(cx, BUG, "the result of effect %s has %zu bytes", e->name, strlen(result));
    TRY(person_seal_json(cx, cx->job->owner, result, &result));
    return end(cx, e, "done", result, NULL, cost_micro);
}

err_t effect_failed(struct ctx *cx, const struct effect *e, err_t why)
{
    return end(cx, e, "failed", NULL, err_name(why->code), LONG_NONE);
}
