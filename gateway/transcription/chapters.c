/* Chapters: a flow asks the site whether the video has its own, and cuts what is said as they say or by subject. */
#include "http/gateway.h"
#include "ops/ops.h"
#include "transcription/address.h"
#include "transcription/digest.h"
#include "transcription/making.h"
#include "transcription/transcription.h"
#include "transcription/video.h"
#include "base/clock.h"
#include "data/json.h"
#include "data/trace.h"
#include "proto/audio.h"
#include "proto/llm.h"

#include <string.h>

#define FLOW "flow.chapters"

/* --- the flow --- */

static struct raw input_of(struct ctx *cx, const struct chapters_plan *p)
{
    struct llm_chapters ask = { .language = p->language, .engine = p->provider, .segments = { NEWS(cx, struct spoken, p->n), p->n } };

    for (size_t i = 0; i < p->n; i++)
        ask.segments.at[i] = (struct spoken){ p->segments[i].text, p->segments[i].start, p->segments[i].end };
    return (struct raw){ json_write(cx, &llm_chapters_shape, &ask) };
}

err_t chapters_put(struct ctx *cx, const struct chapters_plan *p, const char *id, struct ticket *ticket)
{
    struct job_step steps[2];
    struct job_new new = { .id = id, .kind = FLOW, .owner = p->owner, .trace = trace_text(cx), .lane = LIVE, .deadline_s = DIGEST_DEADLINE_S, .input = "{}" };

    if (p->video_url)
        steps[new.steps.n++] = (struct job_step){ .step = "look", .kind = "audio.look", .optional = true,
                                                  .input = { json_write(cx, &audio_look_shape, &(struct audio_look){ .url = p->video_url }) } };
    steps[new.steps.n++] = (struct job_step){ .step = "chapters", .kind = "llm.chapters", .input = input_of(cx, p), .takes = { p->video_url ? "{\"sections\":\"look.chapters\"}" : NULL } };
    new.steps.at = steps;
    return job_put(cx, &new, ticket);
}

/* --- the answer --- */

static fallible view_look(struct ctx *cx, const struct job *step, struct chapters_view *view)
{
    struct audio_looked l = { .duration_s = REAL_NONE };

    view->source = "subjects";
    if (!step->result.text)
        return OK;
    TRY(json_read_kept(cx, step->result.text, &audio_looked_shape, &l));
    view->title = l.title ? l.title : view->title;
    view->video_id = l.video_id ? l.video_id : view->video_id;
    view->source = l.chapters.n ? "video" : "subjects";
    return OK;
}

static fallible view_chapters(struct ctx *cx, const struct job *step, struct chapters_view *view)
{
    struct chapters c = { .engine = NULL };

    TRY(json_read_kept(cx, step->result.text, &chapters_shape, &c));
    view->full_summary = c.summary, view->provider = c.engine, view->language = c.language;
    view->chapters.at = NEWS(cx, struct chapter_view, c.sections.n);
    for (; view->chapters.n < c.sections.n; view->chapters.n++) {
        const struct chapter *one = &c.sections.at[view->chapters.n];
        view->chapters.at[view->chapters.n] = (struct chapter_view){ one->title, one->start_s, one->end_s, one->text, one->summary };
    }
    return OK;
}

static fallible view_steps(struct ctx *cx, const struct job *root, const char *owner, struct chapters_view *view)
{
    struct jobs steps = { 0 };

    view->source = "subjects";
    TRY(job_steps(cx, root, &steps));
    for (size_t i = 0; i < steps.jobs.n; i++) {
        struct job *step = &steps.jobs.at[i];
        TRY(job_open(cx, owner, step));
        TRY(text_is(step->step, "look") ? view_look(cx, step, view) : view_chapters(cx, step, view));
    }
    return OK;
}

err_t chapters_answer(struct ctx *cx, struct exchange *x, struct job *job, const char *owner, int64_t until_ms, struct chapters_view *view)
{
    int64_t left_ms = until_ms - clock_ms();

    if (left_ms > 0)
        TRY(job_wait(cx, x, job, left_ms));
    view->job_id = job->id, view->status = job->state;
    if (!job_has_ended(job)) {
        digest_later(cx, x, arena_fmt(cx->arena, "/api/v1/jobs/%s", job->id));
        exchange_json(cx, x, 202, &chapters_view_shape, view);
        return OK;
    }
    if (!text_is(job->state, "succeeded"))
        return site_failed(cx, x, job->error, job->error_text);
    TRY(view_steps(cx, job, owner, view));
    exchange_json(cx, x, 200, &chapters_view_shape, view);
    return OK;
}

/* --- of a transcript --- */

static err_t put(struct ctx *cx, const struct making *m, const char *id, struct ticket *ticket)
{
    return chapters_put(cx, m->with, id, ticket);
}

err_t chapters_of_transcript(struct ctx *cx, struct exchange *x, const struct transcript_view *t, const char *video_url, const char *provider, int64_t until_ms)
{
    struct chapters_plan p = { .owner = t->owner, .video_url = video_url, .language = digest_language(t->language), .provider = provider, .segments = t->segments.at, .n = t->segments.n };
    struct making m = { .t = t, .form = arena_fmt(cx->arena, "%schapters-%s", video_url ? "video-" : "", provider ? provider : "auto"), .put = put, .with = &p };
    struct chapters_view view = { .transcription_id = t->id, .title = t->title };
    char id[VIDEO_ID_BYTES];
    struct job job = { 0 };
    bool kept;

    if (!t->text || !t->text[strspn(t->text, " \t\r\n")])
        return fail(cx, SPEECH_ABSENT, "nothing is said in it");
    if (t->video_url && address_is_youtube(t->video_url, id))
        view.video_id = arena_fmt(cx->arena, "%s", id);
    TRY(making_job(cx, x, &m, &job, &kept));
    return chapters_answer(cx, x, &job, t->owner, until_ms, &view);
}

err_t transcription_chapters(struct ctx *cx, struct exchange *x, const void *given)
{
    struct digest_in in = *(const struct digest_in *)given;
    struct transcript_view t;

    TRY(exchange_query(cx, x, &digest_in_shape, &in));
    TRY(transcript_open(cx, in.id, &t));
    return chapters_of_transcript(cx, x, &t, NULL, digest_provider(in.provider), clock_ms() + DIGEST_WAIT_MS);
}
