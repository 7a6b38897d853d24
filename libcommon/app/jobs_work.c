/* Claim, renew, finish, fail, release: the worker's and the scheduler's side of the job core.
 * Locks are taken in one order everywhere: steps by id, then their roots. */
#include "app/jobs.h"
#include "app/job_rows.h"
#include "base/clock.h"
#include "data/crypto.h"
#include "data/uuid.h"
#include "sql.h"

#include <string.h>

#define BACKOFF_BASE_MS 500
#define BACKOFF_CAP_MS  60000

SHAPE(flow_turn, "What a flow did after a step.",
    FIELD(flow_turn, root,   "The flow."),
    FIELD(flow_turn, state,  "Its state now."),
    FIELD(flow_turn, ticket, "Outbox row of its next step."),
    FIELD(flow_turn, job_id, "The next step."),
    FIELD(flow_turn, kind,   "Kind of the next step."),
    FIELD(flow_turn, lane,   "Lane of the next step."),
    FIELD(flow_turn, trace,  "W3C traceparent."));

static const char *numbers(struct ctx *cx, const int *at, size_t n)
{
    struct text to = text_new(cx->arena, n * 8 + 4, 1u << 24);

    for (size_t i = 0; i < n; i++) {
        text_char(&to, i ? ',' : '{');
        text_long(&to, at[i]);
    }
    text_put(&to, n ? "}" : "{}");
    return to.at;
}

struct tokens { const char *ids, *attempts; };

/* The fencing tokens of n jobs as two arrays. */
static struct tokens tokens_of(struct ctx *cx, const struct job *const *jobs, size_t n)
{
    const char **ids = NEWS(cx, const char *, n);
    int *attempts = NEWS(cx, int, n);

    for (size_t i = 0; i < n; i++)
        ids[i] = jobs[i]->id, attempts[i] = jobs[i]->attempt;
    return (struct tokens){ pg_array(cx, ids, n), numbers(cx, attempts, n) };
}

/* Index of a job by id; n when it is not among them. */
static size_t index_of(const struct jobs *all, const char *id)
{
    size_t i = 0;

    while (i < all->jobs.n && strcmp(all->jobs.at[i].id, id))
        i++;
    return i;
}

err_t jobs_claim_begin(struct ctx *cx, const char *worker, const char *const *ids, size_t n, const struct first_effects *first, struct jobs *out)
{
    TRY(pg_list(cx, SQL(jobs_claim), ARGS(pg_array(cx, ids, n), worker, LEASE_S, pg_array(cx, first->kinds, first->n), pg_array(cx, first->names, first->n)),
                &job_shape, &out->jobs));
    for (size_t i = 0; i < out->jobs.n; i++) {
        struct job *j = &out->jobs.at[i];
        if (!j->effect)
            continue;
        j->begun = NEW(cx, struct begun);
        *j->begun = (struct begun){ j->effect, clock_ms(), false };
    }
    return OK;
}

err_t jobs_claim(struct ctx *cx, const char *worker, const char *const *ids, size_t n, struct jobs *out)
{
    return jobs_claim_begin(cx, worker, ids, n, &(struct first_effects){ NULL, NULL, 0 }, out);
}

err_t jobs_take_over(struct ctx *cx, const char *worker, const char *const *ids, size_t n, struct jobs *out)
{
    return pg_list(cx, SQL(jobs_take_over), ARGS(pg_array(cx, ids, n), worker, LEASE_S), &job_shape, &out->jobs);
}

err_t jobs_live(struct ctx *cx, const char *worker)
{
    return pg_do(cx, SQL(worker_live), ARGS(worker));
}

err_t jobs_renew(struct ctx *cx, const struct job *const *jobs, const int *percents, size_t n, bool *kept)
{
    struct tokens t = tokens_of(cx, jobs, n);
    struct jobs mine = { 0 };

    TRY(pg_list(cx, SQL(jobs_renew), ARGS(t.ids, t.attempts, numbers(cx, percents, n), LEASE_S), &job_shape, &mine.jobs));
    for (size_t i = 0; i < n; i++)
        kept[i] = index_of(&mine, jobs[i]->id) < mine.jobs.n;
    return OK;
}

/* --- success --- */

static err_t succeed(struct ctx *cx, struct job_end *ends, size_t n)
{
    const struct job **jobs = NEWS(cx, const struct job *, n);
    const char **results = NEWS(cx, const char *, n), **explains = NEWS(cx, const char *, n);
    struct jobs mine = { 0 };

    for (size_t i = 0; i < n; i++)
        jobs[i] = ends[i].job, results[i] = ends[i].result ? ends[i].result : "{}", explains[i] = ends[i].explain;
    struct tokens t = tokens_of(cx, jobs, n);
    TRY(pg_list(cx, SQL(jobs_succeed), ARGS(t.ids, t.attempts, pg_array(cx, results, n), pg_array(cx, explains, n)),
                &job_shape, &mine.jobs));
    for (size_t i = 0; i < n; i++) {
        ends[i].done = index_of(&mine, ends[i].job->id) < mine.jobs.n;
        ends[i].state = ends[i].root_state = ends[i].done ? "succeeded" : NULL;
    }
    return OK;
}

static struct ticket ticket_of_turn(const struct flow_turn *t)
{
    return (struct ticket){ t->ticket, t->job_id, t->kind, t->lane, t->trace };
}

/* The flows of those ends that are written and belong to one: their next steps go out with the commit. */
struct turning { struct flow_turns turned; size_t n; };

static err_t flows_ask(struct ctx *cx, struct job_end *ends, size_t n, struct turning *t)
{
    const char **ids = NEWS(cx, const char *, n), **next = NEWS(cx, const char *, n);

    for (size_t i = 0; i < n; i++)
        if (ends[i].done && ends[i].job->step) {
            ends[i].root_state = NULL;
            ids[t->n] = ends[i].job->id, next[t->n++] = uuid_make(cx);
        }
    if (!t->n)
        return OK;
    return pg_later(cx, SQL(flows_next), ARGS(pg_array(cx, ids, t->n), pg_array(cx, next, t->n)), &flow_turn_shape, &t->turned.turns, true);
}

static void flows_turned(struct job_end *ends, size_t n, const struct turning *t)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < t->turned.turns.n; k++)
            if (ends[i].done && !strcmp(t->turned.turns.at[k].root, ends[i].job->root)) {
                ends[i].root_state = t->turned.turns.at[k].state;
                ends[i].next = ticket_of_turn(&t->turned.turns.at[k]);
            }
}

struct effect_columns { const char **ids, **names, **attempts, **results, **costs; size_t n; };

static void effect_put(struct ctx *cx, struct effect_columns *c, const struct job *job, const struct effect_end *e)
{
    c->ids[c->n] = job->id, c->names[c->n] = e->name, c->results[c->n] = e->result;
    c->attempts[c->n] = arena_fmt(cx->arena, "%d", job->attempt);
    c->costs[c->n++] = e->cost_micro == LONG_NONE ? NULL : arena_fmt(cx->arena, "%lld", (long long)e->cost_micro);
}

/* Effects that end with their jobs; what has no result did not happen. */
static err_t effects_ask(struct ctx *cx, const struct job_end *ends, size_t n)
{
    const char **cells = NEWS(cx, const char *, 10 * n);
    struct effect_columns c = { cells, cells + 2 * n, cells + 4 * n, cells + 6 * n, cells + 8 * n, 0 };

    for (size_t i = 0; i < n; i++) {
        if (ends[i].effect.name)
            effect_put(cx, &c, ends[i].job, &ends[i].effect);
        if (ends[i].unused)
            effect_put(cx, &c, ends[i].job, &(struct effect_end){ ends[i].unused, NULL, LONG_NONE });
    }
    if (!c.n)
        return OK;
    return pg_later(cx, SQL(effects_end), ARGS(pg_array(cx, c.ids, c.n), pg_array(cx, c.names, c.n), pg_array(cx, c.attempts, c.n),
                                               pg_array(cx, c.results, c.n), pg_array(cx, c.costs, c.n)), NULL, NULL, false);
}

/* Other attempts went before: the effects they left begun are closed, once those of this one are. */
static err_t effects_close(struct ctx *cx, const struct job_end *ends, size_t n)
{
    const char **ids = NEWS(cx, const char *, n);
    size_t some = 0;

    for (size_t i = 0; i < n; i++)
        if (ends[i].done && ends[i].job->attempt > 1)
            ids[some++] = ends[i].job->id;
    return some ? pg_later(cx, SQL(effects_left), ARGS(pg_array(cx, ids, some)), NULL, NULL, false) : OK;
}

static bool alone(const struct job_end *ends, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ends[i].job->step || ends[i].effect.name || ends[i].unused || ends[i].job->attempt > 1)
            return false;
    return true;
}

static err_t succeed_with(struct ctx *cx, struct job_end *ends, size_t n, struct turning *t)
{
    TRY(succeed(cx, ends, n));
    TRY(effects_ask(cx, ends, n));
    TRY(effects_close(cx, ends, n));
    return flows_ask(cx, ends, n, t);
}

err_t jobs_succeed(struct ctx *cx, struct job_end *ends, size_t n)
{
    struct turning t = { 0 };

    if (alone(ends, n))
        return succeed(cx, ends, n);    /* one statement commits by itself */
    TRY(pg_begin(cx));
    err_t e = succeed_with(cx, ends, n, &t);
    if (e) {
        pg_undo(cx);
        return e;
    }
    TRY(pg_commit(cx));
    flows_turned(ends, n, &t);
    return OK;
}

/* --- failure --- */

int64_t job_backoff_ms(int attempt, int64_t retry_after_ms)
{
    int64_t most = BACKOFF_CAP_MS;
    uint32_t dice;

    if (attempt < 8 && (int64_t)BACKOFF_BASE_MS << attempt < most)
        most = (int64_t)BACKOFF_BASE_MS << attempt;
    crypto_random(&dice, sizeof(dice));
    return retry_after_ms + (int64_t)(dice % (uint64_t)most);
}

/* What we stand on was away, or it was not the work's turn: it is not to blame, and the attempt is not counted among those it has. */
static bool not_counted(const struct job *job, const err_t e)
{
    static const enum err_code away[] = { E_PG_DOWN, E_PG_CONFLICT, E_OVERLOADED, E_REDIS_DOWN, E_AMQP_DOWN, E_BLOB_DOWN, E_DISK_FULL, E_DRAINING };

    if (e->code == E_SITE_BUSY)
        return true;                /* it only waited its turn, however long */
    for (size_t i = 0; i < COUNT(away); i++)
        if (e->code == away[i])
            return job->attempt < ATTEMPTS_EVER;
    return e->code == E_TURN_LATER;
}

/* A deadline of the job itself ends it; one of the attempt is only a slow attempt. */
static const char *state_after(const struct job *job, const err_t e)
{
    bool more = job->attempt < job->attempts_most || not_counted(job, e);

    if (e->code == E_CANCELLED)
        return "cancelled";
    if (e->code == E_DEADLINE_PASSED)
        return job->deadline_at.ms && clock_wall_ms() >= job->deadline_at.ms ? "expired" : more ? "queued" : "failed";
    switch (err_retry(e->code)) {
    case LATER:  return more ? "queued" : "failed";
    case UNSURE: return "unknown";
    default:     return "failed";
    }
}

/* Texts of faults of ours stay in the log: they may quote SQL or a provider. */
static const char *text_to_keep(const err_t e)
{
    return err_status(e->code) < 500 ? e->text : err_title(e->code);
}

/* A step that ended for good takes its flow along, or lets it go on when it was optional. */
static err_t flow_follows(struct ctx *cx, struct job_end *end, struct turning *t)
{
    const struct job *j = end->job;
    struct job root = { 0 };
    bool stopped;

    if (!j->step || text_is(end->state, "queued"))
        return OK;
    TRY(pg_find(cx, SQL(flow_stop), ARGS(j->root, j->place, end->state, err_name(end->error->code), text_to_keep(end->error)),
                &job_shape, &root, &stopped));
    if (stopped) {
        end->root_state = end->state;
        return OK;
    }
    return flows_ask(cx, end, 1, t);
}

static err_t fail_in(struct ctx *cx, struct job_end *end, int64_t wait_ms, struct turning *t)
{
    const struct job *j = end->job;
    struct job row = { 0 };

    TRY(pg_find(cx, SQL(job_fail), ARGS(j->id, j->attempt, end->state, wait_ms, err_name(end->error->code),
                                        text_to_keep(end->error), end->explain, not_counted(j, end->error)), &job_shape, &row, &end->done));
    if (!end->done) {
        end->state = NULL;
        return OK;
    }
    end->root_state = j->step ? NULL : end->state;
    TRY(effects_ask(cx, end, 1));
    return flow_follows(cx, end, t);
}

static err_t fail_and_commit(struct ctx *cx, struct job_end *end)
{
    const err_t why = end->error;
    int64_t wait_ms = why->retry_in_ms ? why->retry_in_ms : job_backoff_ms(end->job->attempt, why->retry_after_ms);
    struct turning t = { 0 };

    TRY(pg_begin(cx));
    err_t e = fail_in(cx, end, wait_ms, &t);
    if (e) {
        pg_undo(cx);
        return e;
    }
    TRY(pg_commit(cx));
    flows_turned(end, 1, &t);
    return OK;
}

err_t job_fail(struct ctx *cx, struct job_end *end)
{
    end->state = state_after(end->job, end->error);
    err_t e = fail_and_commit(cx, end);

    if (e)                      /* nothing is written: it may be tried again */
        end->state = end->root_state = NULL, end->done = false;
    return e;
}

err_t jobs_release(struct ctx *cx, const struct job *const *jobs, size_t n, struct tickets *out)
{
    struct tokens t = tokens_of(cx, jobs, n);

    return pg_list(cx, SQL(jobs_release), ARGS(t.ids, t.attempts), &ticket_shape, &out->tickets);
}

/* --- what the scheduler finds --- */

SHAPE(due_row, "What the scheduler found.",
    FIELD(due_row, id,     "The job."),
    FIELD(due_row, root,   "Its flow."),
    FIELD(due_row, step,   "Its name in the flow."),
    FIELD(due_row, place,  "Its place in the flow."),
    FIELD(due_row, kind,   "What is to be done."),
    FIELD(due_row, state,  "Its state now."),
    FIELD(due_row, error,  "Why it ended."),
    FIELD(due_row, trace,  "W3C traceparent."),
    FIELD(due_row, ticket, "Outbox row of its new ticket."),
    FIELD(due_row, lane,   "Lane of that ticket."));

static err_t due_follows(struct ctx *cx, struct job_end *end, const struct due_row *row, struct turning *t)
{
    struct job *job = NEW(cx, struct job);
    struct err *why = NEW(cx, struct err);

    *job = (struct job){ .id = row->id, .root = row->root, .step = row->step, .kind = row->kind, .place = row->place, .state = row->state };
    *end = (struct job_end){ .job = job, .state = row->state, .done = true, .next = { row->ticket, row->id, row->kind, row->lane, row->trace } };
    if (text_is(row->state, "queued") || text_is(row->state, "waiting"))
        return OK;
    why->code = E_BUG;
    if (!row->error || !err_find(row->error, &why->code))
        return fail(cx, BUG, "job %s ended without an error", row->id);
    why->text = err_title(why->code);
    end->error = why;
    if (row->step)
        return flow_follows(cx, end, t);
    end->root_state = row->state;
    return pg_do(cx, SQL(steps_expire), ARGS(row->id));
}

err_t jobs_due(struct ctx *cx, int most, struct job_ends *out)
{
    struct due_rows due = { 0 };

    TRY(pg_begin(cx));
    err_t e = pg_list(cx, SQL(jobs_due), ARGS(most), &due_row_shape, &due.rows);
    size_t n = out->ends.n = e ? 0 : due.rows.n;
    struct turning *t = NEWS(cx, struct turning, n);
    out->ends.at = NEWS(cx, struct job_end, n);
    for (size_t i = 0; !e && i < n; i++)
        e = due_follows(cx, &out->ends.at[i], &due.rows.at[i], &t[i]);
    if (e) {
        pg_undo(cx);
        return e;
    }
    TRY(pg_commit(cx));
    for (size_t i = 0; i < n; i++)
        flows_turned(&out->ends.at[i], 1, &t[i]);
    return OK;
}
