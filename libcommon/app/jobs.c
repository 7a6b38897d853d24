/* Accept, find, cancel, retry: what every process may do with jobs. */
#include "app/jobs.h"
#include "app/audit.h"
#include "app/job_rows.h"
#include "app/persons.h"
#include "data/json.h"
#include "data/uuid.h"
#include "sql.h"

#include <string.h>

const char *const lane_names[LANES] = { [LIVE] = "live", [QUICK] = "quick", [BATCH] = "batch" };

enum lane lane_named(const char *name)
{
    for (int lane = 0; lane < LANES; lane++)
        if (text_is(name, lane_names[lane]))
            return (enum lane)lane;
    return LIVE;
}

SHAPE(job, "A job and how far it is.",
    FIELD(job, id,            "Id of the job."),
    FIELD(job, root,          "Id of the flow it is a step of; its own when it is none."),
    FIELD(job, step,          "Its name in the flow."),
    FIELD(job, place,         "Its place in the flow, from 0."),
    FIELD(job, kind,          "What is to be done."),
    FIELD(job, lane,          "live: somebody waits for it; quick: work of milliseconds; batch."),
    FIELD(job, state,         "Where it stands.",
          .one_of = WORDS("queued", "running", "waiting", "succeeded", "failed", "cancelled", "expired", "unknown")),
    FIELD(job, owner,         "Whose it is.", .hidden = true),
    FIELD(job, input,         "What it works on.", .hidden = true),
    FIELD(job, steps,         "The flow's steps.", .hidden = true),
    FIELD(job, result,        "What came of it."),
    FIELD(job, explain,       "Why this engine, route, price.", .hidden = true),
    FIELD(job, error,         "Name of the error it ended with, or met last."),
    FIELD(job, error_text,    "The same in words."),
    FIELD(job, attempt,       "How often a worker took it."),
    FIELD(job, attempts_most, "How often it may be taken."),
    FIELD(job, percent,       "How much is done.", .max = 100),
    FIELD(job, worker,        "Which process has or had it.", .hidden = true),
    FIELD(job, trace,         "W3C traceparent of the request it came with.", .hidden = true),
    FIELD(job, created_at,    "When it was accepted."),
    FIELD(job, started_at,    "When a worker first took it."),
    FIELD(job, finished_at,   "When it ended."),
    FIELD(job, run_after,     "Not before; set between attempts."),
    FIELD(job, deadline_at,   "When it expires."),
    FIELD(job, due_at,        "When the scheduler looks at it again.", .hidden = true),
    FIELD(job, effect,        "Effect begun with its claim.", .hidden = true));

SHAPE(job_step, "A step of a flow.",
    FIELD(job_step, step,     "Its name in the flow.", .need = true),
    FIELD(job_step, kind,     "What is to be done.", .need = true),
    FIELD(job_step, input,    "Its own input."),
    FIELD(job_step, takes,    "Members of its input taken from results before: {\"text\":\"stt.text\"}."),
    FIELD(job_step, optional, "The flow goes on when it fails."),
    FIELD(job_step, lane,     "Its lane; the flow's when absent.", .one_of = WORDS("live", "quick", "batch")));

SHAPE(ticket, "A ticket to publish.",
    FIELD(ticket, outbox, "Its row in the outbox."),
    FIELD(ticket, job_id, "The job."),
    FIELD(ticket, kind,   "Its kind."),
    FIELD(ticket, lane,   "Its lane."),
    FIELD(ticket, trace,  "W3C traceparent."));

const char *job_file(struct ctx *cx, const char *root, const char *name)
{
    size_t n = strlen(root);

    return arena_fmt(cx->arena, "jobs/%s/%s-%s", root + (n < 2 ? 0 : n - 2), root, name);
}

const char *job_made_file(struct ctx *cx, const char *name, const char *ending)
{
    const struct job *j = cx->job;

    name = name ? name : j->step ? j->step : j->kind;
    return job_file(cx, j->root, arena_fmt(cx->arena, "%s-%d.%s", name, j->attempt, ending));
}

bool job_has_ended(const struct job *j)
{
    return !text_is(j->state, "queued") && !text_is(j->state, "running") && !text_is(j->state, "waiting");
}

/* The rows of a job of a person's, with what they say closed. */
static fallible seal(struct ctx *cx, const struct job_new *n, struct job_new *out)
{
    struct job_step *steps = NEWS(cx, struct job_step, n->steps.n);

    *out = *n;
    TRY(person_seal_json(cx, n->owner, n->input ? n->input : "{}", &out->input));
    for (size_t i = 0; i < n->steps.n; i++) {
        steps[i] = n->steps.at[i];
        TRY(person_seal_json(cx, n->owner, steps[i].input.text, &steps[i].input.text));
    }
    out->steps.at = steps;
    return OK;
}

static fallible put_sealed(struct ctx *cx, const struct job_new *n, struct ticket *out)
{
    const char *id = n->id ? n->id : uuid_make(cx), *lane = lane_names[n->lane], *input = n->input;
    struct arg deadline = n->deadline_s ? arg_long(n->deadline_s) : arg_text(NULL);

    if (!n->steps.n && !cx->tx && n->id)
        return job_put_grouped(cx, n, out);
    if (!n->steps.n)
        return pg_later(cx, SQL(job_put), (struct arg[]){ ARG(id), ARG(n->kind), ARG(lane), ARG(n->owner), ARG(input), ARG(n->trace), deadline }, &ticket_shape, out, false);

    struct text steps = text_new(cx->arena, 512, 64u << 20);
    json_put_list(&steps, &job_step_shape, (const struct list *)&n->steps);
    return pg_later(cx, SQL(flow_put), (struct arg[]){ ARG(id), ARG(n->kind), ARG(lane), ARG(n->owner), ARG(input), ARG(n->trace), deadline,
                                                       ARG(steps.at), ARG(uuid_make(cx)) }, &ticket_shape, out, false);
}

err_t job_put(struct ctx *cx, const struct job_new *n, struct ticket *out)
{
    struct job_new sealed;

    *out = (struct ticket){ 0 };
    TRY(seal(cx, n, &sealed));
    return put_sealed(cx, &sealed, out);
}

err_t job_open(struct ctx *cx, const char *owner, struct job *j)
{
    TRY(person_open_json(cx, owner, j->input.text, &j->input.text));
    return person_open_json(cx, owner, j->result.text, &j->result.text);
}

err_t job_find(struct ctx *cx, const char *id, struct job *out, bool *found)
{
    *found = false;
    if (!uuid_is(id, strlen(id)))
        return OK;
    return pg_find(cx, SQL(job_find), ARGS(id), &job_shape, out, found);
}

err_t job_steps(struct ctx *cx, const struct job *root, struct jobs *out)
{
    if (root->steps.text)
        return pg_list(cx, SQL(job_steps), ARGS(root->id), &job_shape, &out->jobs);
    out->jobs.n = 1;
    out->jobs.at = NEW(cx, struct job);
    *out->jobs.at = *root;
    return OK;
}

/* Who acts on a job that is not his own is told in the audit log, within the transaction of the act. */
static err_t audit_others(struct ctx *cx, const char *action, const struct job *job)
{
    struct audit_entry e = { .action = action, .type = "job", .id = job->id, .details = { .kind = job->kind, .state = job->state } };

    return text_is(job->owner, cx->user) ? OK : audit_add(cx, &e);
}

/* `missed`: while it waits for the row of a step that is ending, the next step may be put: the statement that waits does not see
 * it, and to lock it now, behind its root, would be the wrong order. */
err_t jobs_stop(struct ctx *cx, const char *const *ids, size_t n, struct jobs *out, bool *missed)
{
    struct job step = { 0 };

    *missed = false;
    TRY(pg_list(cx, SQL(jobs_stop), ARGS(pg_array(cx, ids, n)), &job_shape, &out->jobs));
    const char **roots = NEWS(cx, const char *, out->jobs.n);
    for (size_t i = 0; i < out->jobs.n; i++)
        roots[i] = out->jobs.at[i].root;
    return out->jobs.n ? pg_find(cx, SQL(jobs_missed), ARGS(pg_array(cx, roots, out->jobs.n)), &job_shape, &step, missed) : OK;
}

err_t job_cancel(struct ctx *cx, const char *id)
{
    struct jobs ended = { 0 };
    struct job before = { 0 };
    bool found, missed = true;

    TRY(job_find(cx, id, &before, &found));
    if (!found)
        return fail(cx, JOB_UNKNOWN, "no job %s", id);
    for (int i = 0; missed && i < CANCEL_TRIES; i++) {
        TRY(pg_begin(cx));
        err_t e = jobs_stop(cx, &id, 1, &ended, &missed);
        if (!e && ended.jobs.n && !missed)
            e = audit_others(cx, "job.cancel", &before);
        if (!e && ended.jobs.n && !missed)
            return pg_commit(cx);
        pg_undo(cx);
        TRY(e);
    }
    return missed ? fail(cx, PG_CONFLICT, "job %s goes on faster than it can be cancelled", id)
                  : fail(cx, JOB_ENDED, "job %s has %s already", id, before.state);
}

static err_t retry(struct ctx *cx, const struct job *job, struct ticket *out, bool *found)
{
    TRY(pg_find(cx, SQL(job_retry), ARGS(job->id), &ticket_shape, out, found));
    return *found ? audit_others(cx, "job.retry", job) : OK;
}

err_t job_retry(struct ctx *cx, const char *id, struct ticket *out)
{
    struct job job = { 0 };
    bool found;

    TRY(job_find(cx, id, &job, &found));
    if (!found)
        return fail(cx, JOB_UNKNOWN, "no job %s", id);
    TRY(pg_begin(cx));
    err_t e = retry(cx, &job, out, &found);
    if (!e && found)
        return pg_commit(cx);
    pg_undo(cx);
    TRY(e);
    return fail(cx, JOB_RUNNING, "job %s is %s: only what ended without a result can be tried again", id, job.state);
}
