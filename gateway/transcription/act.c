/* What may be done with a transcription: delete, cancel, try again, follow. */
#include "http/gateway.h"
#include "ops/ops.h"
#include "transcription/transcription.h"
#include "app/leaving.h"
#include "base/log.h"
#include "data/json.h"
#include "data/uuid.h"
#include "net/blob.h"
#include "net/pg.h"
#include "proto/stt.h"
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

/* --- once more --- */

/* A flow goes on at the step that failed, unless what that step reads is gone: the job with its month, the sound after a day. */
static fallible find_sound(struct ctx *cx, const struct transcription *t, struct job *stt, bool *there)
{
    struct jobs steps = { 0 };
    struct job root = { 0 };
    struct blob_info info;
    bool found;
    int fd;

    *there = false;
    TRY(job_find(cx, t->job_id, &root, &found));
    if (!found || !root.steps.text)
        return OK;
    TRY(job_steps(cx, &root, &steps));
    *there = true;
    for (size_t i = 0; i < steps.jobs.n; i++) {
        struct job *j = &steps.jobs.at[i];
        if (!text_is(j->step, "stt"))
            continue;
        TRY(job_open(cx, t->user_id, j));
        *stt = *j;
        const char *file = json_text(cx, j->input.text, "file");
        err_t e = file ? blob_open(cx, file, &fd, &info) : OK;
        *there = !e;
        return e && e->code != E_FILE_UNKNOWN ? e : OK;
    }
    return OK;
}

static fallible put_anew(struct ctx *cx, const struct transcription *t, const struct transcription_plan *plan, struct ticket *ticket)
{
    struct transcription_ref row = { 0 };
    bool turned;

    TRY(pg_find(cx, SQL(transcription_anew), ARGS(t->id, t->job_id, plan->job_id), &transcription_ref_shape, &row, &turned));
    if (!turned)
        return fail(cx, JOB_RUNNING, "it is %s: only what has failed can be tried again", t->status);
    TRY(leaving_texts(cx, &t->job_id, 1));
    return transcription_flow(cx, cx->host, plan, ticket);
}

static fallible begin_anew(struct ctx *cx, const struct transcription *t, const struct job *stt)
{
    struct stt_transcribe how = { 0 };
    struct ticket *ticket = NEW(cx, struct ticket);
    struct transcription_plan plan = { .id = t->id, .job_id = uuid_make(cx), .owner = t->user_id, .source_type = t->source_type, .video_url = t->video_url, .filename = t->original_filename,
                                       .key = t->recording, .language = t->language };

    if (stt->input.text)
        TRY(json_read_kept(cx, stt->input.text, &stt_transcribe_shape, &how));
    plan.engine = how.engine, plan.prompt = how.prompt, plan.diarize = how.diarize;
    TRY(pg_begin(cx));
    TRY(put_anew(cx, t, &plan, ticket));
    exchange_accepted(cx, cx->host, ticket, plan.job_id);
    return exchange_commit(cx, cx->host, 202, NULL, NULL);
}

HANDLER(transcription_retry_post, transcription_ref, transcription)
{
    struct ticket *ticket = NEW(cx, struct ticket);
    struct transcription t = { 0 };
    struct job stt = { 0 };
    bool there = true;

    TRY(transcription_of_caller(cx, in->id, &t));
    if (text_is(t.status, "failed"))
        TRY(find_sound(cx, &t, &stt, &there));
    if (there) {
        TRY(job_retry(cx, t.job_id, ticket));
        exchange_accepted(cx, cx->host, ticket, t.job_id);
    } else {
        TRY(begin_anew(cx, &t, &stt));
    }
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
