/* What may be done with a transcription: delete, cancel, try again, follow. */
#include "http/gateway.h"
#include "ops/ops.h"
#include "transcription/transcription.h"
#include "app/leaving.h"
#include "base/log.h"
#include "net/pg.h"
#include "sql.h"

/* A job that is over already, or whose month is, needs no end. */
static fallible end_job(struct ctx *cx, const struct transcription *t)
{
    err_t e = job_cancel(cx, t->job_id);

    if (e && (e->code == E_JOB_ENDED || e->code == E_JOB_UNKNOWN))
        return OK;
    TRY(e);
    job_tell_cancel(cx, t->job_id);
    return OK;
}

static fallible delete_row(struct ctx *cx, const struct transcription *t)
{
    TRY(pg_begin(cx));
    TRY(transcription_audit(cx, "transcription.delete", t));
    TRY(pg_later(cx, SQL(transcription_delete), ARGS(t->id), NULL, NULL, false));
    return pg_commit(cx);
}

/* The files before the row: what is cut short is asked for again. */
err_t transcription_delete(struct ctx *cx, struct exchange *x, const void *given)
{
    const char *id = ((const struct transcription_ref *)given)->id;
    struct transcription t = { 0 };
    int64_t files = 0;

    TRY(transcription_of_caller(cx, id, &t));
    TRY(end_job(cx, &t));
    TRY(leaving_jobs(cx, &t.job_id, 1, &files));
    TRY(delete_row(cx, &t));
    log_event(cx, LOG_INFO, "transcription_job_deleted", LOG_TEXT("transcription", id), LOG_TEXT("status", t.status), LOG_TEXT("user_id", cx->user));
    exchange_text(cx, x, 204, NULL, (struct bytes){ NULL, 0 });
    return OK;
}

HANDLER(transcription_cancel_post, transcription_ref, transcription)
{
    struct transcription t = { 0 };

    TRY(transcription_of_caller(cx, in->id, &t));
    TRY(job_cancel(cx, t.job_id));
    job_tell_cancel(cx, t.job_id);
    TRY(transcription_of_caller(cx, in->id, out));
    return transcription_finish(cx, out);
}

HANDLER(transcription_retry_post, transcription_ref, transcription)
{
    struct ticket *ticket = NEW(cx, struct ticket);
    struct transcription t = { 0 };

    TRY(transcription_of_caller(cx, in->id, &t));
    TRY(job_retry(cx, t.job_id, ticket));
    exchange_accepted(cx, cx->host, ticket, t.job_id);
    TRY(transcription_of_caller(cx, in->id, out));
    return transcription_finish(cx, out);
}

err_t transcription_events(struct ctx *cx, struct exchange *x, const void *given)
{
    struct transcription t = { 0 };
    struct job job = { 0 };
    bool found;

    TRY(transcription_of_caller(cx, ((const struct transcription_events_in *)given)->id, &t));
    TRY(transcription_audit(cx, "transcription.read", &t));
    TRY(job_find(cx, t.job_id, &job, &found));
    if (!found)
        return fail(cx, JOB_UNKNOWN, "its job is older than jobs are kept");
    return job_follow(cx, x, &job);
}
