/* POST /ai-assistant/process-text: a job does it, and is waited for a while. */
#include "http/gateway.h"
#include "assistant/assistant.h"
#include "assistant/changes.h"
#include "ops/ops.h"
#include "transcription/transcription.h"
#include "transcription/video.h"
#include "data/json.h"
#include "data/trace.h"
#include "data/uuid.h"
#include "proto/llm.h"

#include <string.h>

#define WAIT_MS    25000        /* clients give up after thirty seconds */
#define DEADLINE_S 600
#define TASK_USUAL "improve_quality"

err_t process_read(struct ctx *cx, struct exchange *x, struct process_in *in)
{
    TRY(exchange_read_json(cx, x, in));
    if (!in->text[strspn(in->text, " \t\r\n")])
        return fail(cx, INPUT_INVALID, "/text is empty");
    in->task = in->task ? in->task : TASK_USUAL;
    if (in->provider && (!*in->provider || text_is(in->provider, "auto")))
        in->provider = NULL;
    TRY(transcription_language(cx, in->language, &in->language));
    if (text_is(in->language, "auto"))
        in->language = NULL;
    return !in->language && text_is(in->task, "translate") ? fail(cx, INPUT_INVALID, "/language is missing") : OK;
}

err_t process_put(struct ctx *cx, struct exchange *x, const struct process_in *in, struct job *job)
{
    struct llm_process ask = { .text = in->text, .task = in->task, .language = in->language, .engine = in->provider };
    struct ticket *ticket = NEW(cx, struct ticket);
    const char *id = uuid_make(cx);
    struct job_new new = { .id = id, .kind = "llm.process", .owner = cx->user, .trace = trace_text(cx), .lane = LIVE, .deadline_s = DEADLINE_S,
                           .input = json_write(cx, &llm_process_shape, &ask) };

    TRY(account_gone(cx, job_put(cx, &new, ticket)));
    exchange_accepted(cx, x, ticket, id);
    *job = (struct job){ .id = id, .root = id, .state = "queued" };
    return OK;
}

static fallible fill(struct ctx *cx, struct exchange *x, struct job *job, struct process_out *out)
{
    struct answer a = { 0 };

    if (!job_has_ended(job))
        return OK;
    if (!text_is(job->state, "succeeded"))
        return site_failed(cx, x, job->error, job->error_text);
    TRY(job_open(cx, cx->user, job));
    TRY(json_read_kept(cx, job->result.text, &answer_shape, &a));
    out->processed_text = a.answer, out->provider_used = a.engine, out->language = a.language;
    out->improvements = changes_told(cx, out->original_text, a.answer, x->english);
    return OK;
}

err_t process_text(struct ctx *cx, struct exchange *x, const void *given)
{
    struct process_in in = { 0 };
    struct job job = { 0 };

    (void)given;
    TRY(process_read(cx, x, &in));
    TRY(process_put(cx, x, &in, &job));
    TRY(job_wait(cx, x, &job, WAIT_MS));
    struct process_out out = { .original_text = in.text, .task_performed = in.task, .job_id = job.id, .status = job.state };
    TRY(fill(cx, x, &job, &out));
    if (!out.processed_text) {
        exchange_header(x, "Location", arena_fmt(cx->arena, "/api/v1/jobs/%s", job.id));
        exchange_header(x, "Retry-After", "5");
    }
    exchange_json(cx, x, out.processed_text ? 200 : 202, &process_out_shape, &out);
    return OK;
}
