/* POST /transcription/video/analyze: is there somebody who sees, pictures of the video, what they show. A flow does it; the answer is waited for a while. */
#include "http/gateway.h"
#include "http/messages.h"
#include "ops/ops.h"
#include "transcription/address.h"
#include "transcription/analyze.h"
#include "transcription/video.h"
#include "data/json.h"
#include "data/trace.h"
#include "data/uuid.h"
#include "proto/audio.h"
#include "proto/llm.h"

#define WAIT_MS    25000        /* clients give up after thirty seconds */
#define DEADLINE_S 86400
#define KIND       "flow.frames"
#define INTERVAL_S 30
#define FRAMES     10

SHAPE(analyze_in, "A video, and how closely to look at it.",
    FIELD(analyze_in, video_url,        "Where it is.", .max = 2048),
    FIELD(analyze_in, url,              "Another name of video_url.", .max = 2048),
    FIELD(analyze_in, interval_seconds, "From one picture to the next; 30 when absent.", .min = 1, .max = 3600),
    FIELD(analyze_in, max_frames,       "So many pictures at most; 10 when absent.", .min = 1, .max = 20));

SHAPE(analysis_ref, "Names an analysis.", FIELD(analysis_ref, id, "Its id.", .need = true, .format = &format_uuid));

SHAPE(frame_seen, "A picture of a video.",
    FIELD(frame_seen, timestamp,   "Seconds from its start."),
    FIELD(frame_seen, description, "What it shows, as the model says."));

SHAPE(analysis, "What a video shows.",
    FIELD(analysis, video_id,        "The site's own name for it.", .nullable = true),
    FIELD(analysis, title,           "Its title.", .nullable = true),
    FIELD(analysis, frames_analyzed, "How many pictures were looked at."),
    LIST(analysis, analyses,         "Each of them.", frame_seen, .max = 20),
    FIELD(analysis, summary,         "All of them together, as the model says; null: not yet.", .nullable = true),
    FIELD(analysis, error,           "Why there is none.", .nullable = true),
    FIELD(analysis, analysis_id,     "Its id: /api/v1/transcription/video/analyze/{id}, and of its job.", .need = true),
    FIELD(analysis, status,          "Where it stands.", .need = true, .one_of = WORDS("processing", "completed", "failed")),
    FIELD(analysis, provider,        "The model that looked.", .nullable = true));

/* --- accepting --- */

/* Own input of a step without the members that it takes from results. */
#define INPUT(cx, T, ...) ((struct raw){ json_write(cx, &T##_shape, &(struct T){ __VA_ARGS__ }) })

static fallible accept(struct ctx *cx, struct exchange *x, const struct analyze_in *in, const char **id)
{
    const char *language = x->english ? "en" : "fr";
    struct job_step steps[] = {
        { .step = "sees",   .kind = "llm.sees",     .input = INPUT(cx, llm_sees, .language = language) },
        { .step = "frames", .kind = "audio.frames", .input = INPUT(cx, audio_frames, in->video_url, in->interval_seconds, in->max_frames) },
        { .step = "see",    .kind = "llm.see",      .input = { arena_fmt(cx->arena, "{\"language\":\"%s\"}", language) },
          .takes = { "{\"file\":\"frames.file\",\"frames\":\"frames.frames\"}" } },
    };
    struct job_new new = { .id = uuid_make(cx), .kind = KIND, .owner = cx->user, .trace = trace_text(cx), .lane = BATCH, .deadline_s = DEADLINE_S, .input = "{}" };
    struct ticket *ticket = NEW(cx, struct ticket);

    new.steps.at = steps, new.steps.n = COUNT(steps);
    TRY(job_put(cx, &new, ticket));
    exchange_accepted(cx, x, ticket, new.id);
    *id = new.id;
    return OK;
}

/* --- telling --- */

static fallible tell_pictures(struct ctx *cx, struct job *step, struct analysis *out)
{
    struct llm_seen seen = { .answer = NULL };

    TRY(job_open(cx, cx->user, step));
    TRY(json_read_kept(cx, step->result.text, &llm_seen_shape, &seen));
    out->summary = seen.answer;
    out->provider = seen.model;
    out->analyses.at = NEWS(cx, struct frame_seen, seen.segments.n);
    for (; out->analyses.n < seen.segments.n; out->analyses.n++)
        out->analyses.at[out->analyses.n] = (struct frame_seen){ seen.segments.at[out->analyses.n].start, seen.segments.at[out->analyses.n].text };
    out->frames_analyzed = (int)seen.segments.n;
    return OK;
}

static fallible tell_step(struct ctx *cx, struct job *step, struct analysis *out)
{
    struct audio_framed framed = { .file = NULL };

    if (!text_is(step->state, "succeeded"))
        return OK;
    if (text_is(step->kind, "llm.see"))
        return tell_pictures(cx, step, out);
    if (!text_is(step->kind, "audio.frames"))
        return OK;
    TRY(json_read_kept(cx, step->result.text, &audio_framed_shape, &framed));
    out->video_id = framed.video_id, out->title = framed.title;
    return OK;
}

static fallible tell(struct ctx *cx, const struct exchange *x, struct job *job, struct analysis *out)
{
    struct jobs steps = { 0 };
    enum err_code code = E_BUG;

    *out = (struct analysis){ .analysis_id = job->id, .status = text_is(job->state, "succeeded") ? "completed" : job_has_ended(job) ? "failed" : "processing" };
    if (text_is(out->status, "failed")) {
        if (job->error)
            err_find(job->error, &code);
        out->error = x->english ? err_title(code) : message_of(code);
    }
    TRY(job_steps(cx, job, &steps));
    for (size_t i = 0; i < steps.jobs.n; i++)
        TRY(tell_step(cx, &steps.jobs.at[i], out));
    return OK;
}

/* An address of YouTube's has its id in itself. */
static void put_id(struct ctx *cx, const char *url, struct analysis *a)
{
    char id[VIDEO_ID_BYTES];

    if (!a->video_id && address_is_youtube(url, id))
        a->video_id = arena_fmt(cx->arena, "%s", id);
}

err_t analyze_post(struct ctx *cx, struct exchange *x, const void *given)
{
    struct analyze_in in = { 0 };
    struct analysis a;
    struct job job = { 0 };
    bool found;

    (void)given;
    TRY(exchange_read_json(cx, x, &in));
    in.video_url = in.video_url ? in.video_url : in.url;
    in.interval_seconds = in.interval_seconds ? in.interval_seconds : INTERVAL_S;
    in.max_frames = in.max_frames ? in.max_frames : FRAMES;
    TRY(site_check(cx, in.video_url, "video_url"));
    TRY(accept(cx, x, &in, &job.id));
    TRY(job_find(cx, job.id, &job, &found));
    TRY(job_wait(cx, x, &job, WAIT_MS));
    bool ended = job_has_ended(&job);
    if (ended && !text_is(job.state, "succeeded"))
        return site_failed(cx, x, job.error, job.error_text);
    TRY(tell(cx, x, &job, &a));
    put_id(cx, in.video_url, &a);
    if (!ended) {
        exchange_header(x, "Location", arena_fmt(cx->arena, "/api/v1/transcription/video/analyze/%s", job.id));
        exchange_header(x, "Retry-After", "5");
    }
    exchange_json(cx, x, ended ? 200 : 202, &analysis_shape, &a);
    return OK;
}

/* An analysis of the caller's, as far as it is. */
HANDLER(analysis_get, analysis_ref, analysis)
{
    struct job job = { 0 };
    bool found;

    TRY(job_find(cx, in->id, &job, &found));
    if (!found || !text_is(job.kind, KIND) || !text_is(job.owner, cx->user))
        return fail(cx, JOB_UNKNOWN, "no analysis %s", in->id);
    return tell(cx, cx->host, &job, out);
}
