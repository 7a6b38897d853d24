/* Summaries and keywords of a transcription, each made once for a revision. */
#include "transcription/digest.h"

#include "http/gateway.h"
#include "ops/ops.h"
#include "transcription/edit.h"
#include "transcription/making.h"
#include "transcription/video.h"
#include "data/json.h"
#include "data/trace.h"
#include "proto/llm.h"

#include <string.h>

#define STYLE_USUAL "executive"
#define LIMIT_USUAL 20

const char *digest_provider(const char *given) { return given && *given && !text_is(given, "auto") ? given : NULL; }

const char *digest_language(const char *known)
{
    return known && *known && !text_is(known, "auto") && !format_language.check(known, strlen(known)) ? known : NULL;
}

void digest_later(struct ctx *cx, struct exchange *x, const char *where)
{
    (void)cx;
    exchange_header(x, "Location", where);
    exchange_header(x, "Retry-After", "5");
}

/* What a job of one step is asked. */
struct ask { const char *kind, *input; };

static err_t put(struct ctx *cx, const struct making *m, const char *id, struct ticket *ticket)
{
    const struct ask *ask = m->with;
    struct job_new new = { .id = id, .kind = ask->kind, .owner = m->t->owner, .trace = trace_text(cx), .lane = LIVE, .deadline_s = DIGEST_DEADLINE_S, .input = ask->input };

    return job_put(cx, &new, ticket);
}

/* Its result, opened; a job that has not ended: `later` is told. */
static fallible make(struct ctx *cx, struct exchange *x, const struct transcript_view *t, const char *form, const struct ask *ask, struct job *job)
{
    struct making m = { .t = t, .form = form, .put = put, .with = ask };
    bool kept;

    TRY(making_job(cx, x, &m, job, &kept));
    TRY(job_wait(cx, x, job, DIGEST_WAIT_MS));
    if (!job_has_ended(job)) {
        digest_later(cx, x, arena_fmt(cx->arena, "/api/v1/jobs/%s", job->id));
        return OK;
    }
    if (!text_is(job->state, "succeeded"))
        return site_failed(cx, x, job->error, job->error_text);
    return job_open(cx, t->owner, job);
}

/* All that is said, with its corrections. */
static fallible text_of(struct ctx *cx, const struct transcript_view *t, const char **text)
{
    *text = edit_text(cx, t);
    return *text && (*text)[strspn(*text, " \t\r\n")] ? OK : fail(cx, SPEECH_ABSENT, "nothing is said in it");
}

err_t transcription_summary(struct ctx *cx, struct exchange *x, const void *given)
{
    struct summary_in in = *(const struct summary_in *)given;
    struct llm_process process = { .text = NULL };
    struct answer answer = { .engine = NULL };
    struct transcript_view t;
    struct job job = { 0 };

    TRY(exchange_query(cx, x, &summary_in_shape, &in));
    TRY(transcript_open(cx, in.id, &t));
    TRY(text_of(cx, &t, &process.text));
    process.task = in.style ? in.style : STYLE_USUAL, process.engine = digest_provider(in.provider), process.language = digest_language(t.language);
    struct ask ask = { "llm.process", json_write(cx, &llm_process_shape, &process) };
    TRY(make(cx, x, &t, arena_fmt(cx->arena, "summary-%s-%s", process.task, process.engine ? process.engine : "auto"), &ask, &job));
    struct summary_view view = { .transcription_id = t.id, .style = process.task, .job_id = job.id, .status = job.state };
    if (job_has_ended(&job)) {
        TRY(json_read_kept(cx, job.result.text, &answer_shape, &answer));
        view.summary = answer.answer, view.provider = answer.engine, view.language = answer.language;
    }
    exchange_json(cx, x, view.summary ? 200 : 202, &summary_view_shape, &view);
    return OK;
}

static void fill(struct ctx *cx, const struct keywords *k, struct keywords_view *view)
{
    view->language = k->language;
    view->keywords.at = NEWS(cx, struct keyword_view, k->keywords.n);
    for (; view->keywords.n < k->keywords.n; view->keywords.n++) {
        const struct keyword *one = &k->keywords.at[view->keywords.n];
        view->keywords.at[view->keywords.n] = (struct keyword_view){ one->keyword, one->count, one->score };
    }
}

err_t transcription_keywords(struct ctx *cx, struct exchange *x, const void *given)
{
    struct keywords_in in = *(const struct keywords_in *)given;
    struct llm_keywords wanted = { .text = NULL };
    struct keywords k = { .engine = NULL };
    struct transcript_view t;
    struct job job = { 0 };

    TRY(exchange_query(cx, x, &keywords_in_shape, &in));
    TRY(transcript_open(cx, in.id, &t));
    TRY(text_of(cx, &t, &wanted.text));
    wanted.most = in.limit ? in.limit : LIMIT_USUAL, wanted.language = digest_language(t.language);
    struct ask ask = { "llm.keywords", json_write(cx, &llm_keywords_shape, &wanted) };
    TRY(make(cx, x, &t, arena_fmt(cx->arena, "keywords-%d", wanted.most), &ask, &job));
    struct keywords_view view = { .transcription_id = t.id, .job_id = job.id, .status = job.state };
    if (job_has_ended(&job)) {
        TRY(json_read_kept(cx, job.result.text, &keywords_shape, &k));
        fill(cx, &k, &view);
    }
    exchange_json(cx, x, job_has_ended(&job) ? 200 : 202, &keywords_view_shape, &view);
    return OK;
}
