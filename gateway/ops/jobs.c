/* Jobs as their owners see them. */
#include "http/gateway.h"
#include "ops/ops.h"
#include "app/audit.h"
#include "app/worker.h"
#include "base/clock.h"
#include "base/log.h"
#include "data/json.h"
#include "data/trace.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "net/redis.h"
#include "proto/tts.h"
#include "sql.h"

#include <string.h>

#define LOOK_MS 500         /* at the row of a job that is waited for, when no event comes */

err_t job_of_caller(struct ctx *cx, const char *id, struct job *out)
{
    bool found;

    TRY(job_find(cx, id, out, &found));
    if (!found || !exchange_may_see(cx, out->owner))
        return fail(cx, JOB_UNKNOWN, "no job %s", id);
    return job_open(cx, out->owner, out);
}

/* The same to read it: who reads what is not his own is told in the audit log. */
static err_t read_of_caller(struct ctx *cx, const char *id, struct job *out)
{
    TRY(job_of_caller(cx, id, out));
    return text_is(out->owner, cx->user) ? OK : audit_add(cx, &(struct audit_entry){ .action = "job.read", .type = "job", .id = out->id });
}

/* Queue a probe or a text to speak. KIND_UNKNOWN; INPUT_INVALID: nothing to say. */
HANDLER(job_create, job_in, job_made)
{
    struct tts_speak speak = { .text = in->text, .voice = in->voice, .format = in->format, .language = in->language };
    bool tts = text_is(in->kind, "tts"), noop = text_is(in->kind, "noop");
    struct job_new new = {
        .id = uuid_make(cx), .owner = cx->user, .trace = trace_text(cx),
        .kind = tts ? "tts.speak" : arena_fmt(cx->arena, "%s.noop", in->service ? in->service : "tts"),
        .lane = in->lane ? lane_named(in->lane) : noop ? QUICK : LIVE,
        .input = tts ? json_write(cx, &tts_speak_shape, &speak) : "{}",
    };
    struct ticket *ticket = NEW(cx, struct ticket);

    if (!tts && !noop)
        return fail(cx, KIND_UNKNOWN, "kind is noop or tts");
    if (tts && (!in->text || !*in->text))
        return fail(cx, INPUT_INVALID, "/text is missing");
    TRY(job_put(cx, &new, ticket));
    exchange_accepted(cx, cx->host, ticket, noop ? NULL : new.id);
    *out = (struct job_made){ new.id, "queued" };
    return OK;
}

HANDLER(job_get, job_ref, job)
{
    return read_of_caller(cx, in->id, out);
}

/* Workers hear of it at once; without Redis, with their next heartbeat. */
void job_tell_cancel(struct ctx *cx, const char *root)
{
    struct reply_value heard;
    err_t e = redis_do(cx, &heard, (struct bytes[]){ W("PUBLISH"), W(CANCEL_CHANNEL), W(root) }, 3);

    if (e)
        log_event(cx, LOG_WARN, "a cancel waits for the heartbeat", LOG_TEXT("job", root), LOG_TEXT("text", e->text));
    event_put(cx->daemon->events, root, "done", "{\"state\":\"cancelled\",\"error\":\"CANCELLED\"}");
}

/* End a job of the caller, with its flow. */
HANDLER(job_cancel_post, job_ref, job)
{
    TRY(job_of_caller(cx, in->id, out));
    TRY(job_cancel(cx, in->id));
    job_tell_cancel(cx, out->root);
    return job_of_caller(cx, in->id, out);
}

HANDLER(job_retry_post, job_ref, job)
{
    struct ticket *ticket = NEW(cx, struct ticket);

    TRY(job_of_caller(cx, in->id, out));
    TRY(job_retry(cx, in->id, ticket));
    exchange_accepted(cx, cx->host, ticket, out->root);
    return job_of_caller(cx, in->id, out);
}

/* The header wins over the query. A number that is none begins at the start. */
err_t job_follow(struct ctx *cx, struct exchange *x, const struct job *job)
{
    const char *header = exchange_read_header(x, "Last-Event-ID");
    struct events_in in = { 0 };

    TRY(exchange_query(cx, x, &events_in_shape, &in));
    if (header && (!text_to_long(header, strlen(header), &in.last_event_id) || in.last_event_id < 0))
        in.last_event_id = 0;
    return exchange_events(cx, x, job, in.last_event_id);
}

err_t job_events(struct ctx *cx, struct exchange *x, const void *given)
{
    struct job job = { 0 };

    TRY(read_of_caller(cx, ((const struct events_in *)given)->id, &job));
    return job_follow(cx, x, &job);
}

err_t job_wait(struct ctx *cx, struct exchange *x, struct job *job, int64_t wait_ms)
{
    int64_t until = clock_ms() + wait_ms;
    struct event_batch *batches;
    struct listener *l;
    const char *id = job->id;
    bool found = true;
    size_t n;
    err_t e = OK;

    if (job_has_ended(job))
        return OK;
    l = hub_listen(x->gateway->hub, id, 0);
    while (!e && found && !job_has_ended(job) && clock_ms() < until && !edge_draining(x->gateway->edge)) {
        if (hub_next(cx, l, LOOK_MS, &batches, &n))     /* without Redis the row is looked at all the same */
            clock_sleep_ms(LOOK_MS);
        e = job_find(cx, id, job, &found);
    }
    hub_leave(l);
    return e || found ? e : fail(cx, BUG, "job %s is gone", id);
}

/* --- explain --- */

static int64_t between(struct when from, struct when to)
{
    return from.ms && to.ms ? to.ms - from.ms : LONG_NONE;
}

static err_t explain_step(struct ctx *cx, const struct job *j, struct step_view *out)
{
    *out = (struct step_view){
        .job_id = j->id, .step = j->step, .kind = j->kind, .state = j->state, .error = j->error, .error_text = j->error_text,
        .queue = arena_fmt(cx->arena, "%.*s.%s", (int)strcspn(j->kind, "."), j->kind, j->lane),
        .worker = j->worker, .attempt = j->attempt, .attempts_most = j->attempts_most, .run_after = j->run_after, .why = j->explain,
        .waited_ms = between(j->created_at, j->started_at), .ran_ms = between(j->started_at, j->finished_at),
    };
    return pg_list(cx, SQL(effects_of), ARGS(j->id), &effect_view_shape, &out->effects);
}

HANDLER(job_explain_get, job_ref, explanation)
{
    struct job job = { 0 };
    struct jobs steps = { 0 };

    TRY(read_of_caller(cx, in->id, &job));
    TRY(job_steps(cx, &job, &steps));
    *out = (struct explanation){ .id = job.id, .kind = job.kind, .state = job.state, .lane = job.lane };
    out->steps.n = steps.jobs.n;
    out->steps.at = NEWS(cx, struct step_view, steps.jobs.n);
    for (size_t i = 0; i < steps.jobs.n; i++)
        TRY(explain_step(cx, &steps.jobs.at[i], &out->steps.at[i]));
    return OK;
}
