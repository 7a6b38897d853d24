/* POST /transcription/metadata: what a site tells about a video. A worker asks; the answer is waited for a while. */
#include "http/gateway.h"
#include "ops/ops.h"
#include "transcription/address.h"
#include "transcription/video.h"
#include "data/json.h"
#include "data/trace.h"
#include "data/uuid.h"
#include "proto/audio.h"

#include <math.h>
#include <string.h>

#define WAIT_MS    25000        /* clients give up after thirty seconds */
#define DEADLINE_S 120

SHAPE(video_in, "A video.",
    FIELD(video_in, video_url, "Where it is.", .max = 2048),
    FIELD(video_in, url,       "Another name of video_url.", .max = 2048));

SHAPE(video_part, "A part of a video.",
    FIELD(video_part, title,      "Its title."),
    FIELD(video_part, start_time, "Seconds."),
    FIELD(video_part, end_time,   "Seconds."));

SHAPE(video, "What a site tells about a video; null: it does not say.",
    FIELD(video, video_id,         "The site's own name for it.", .nullable = true),
    FIELD(video, title,            "Its title.", .nullable = true),
    FIELD(video, description,      "What the uploader says about it.", .nullable = true, .max = 1 << 20),
    FIELD(video, uploader,         "Who put it there.", .nullable = true),
    FIELD(video, channel_url,      "The uploader's page.", .nullable = true),
    FIELD(video, duration_seconds, "How long it is."),
    FIELD(video, view_count,       "How often it was seen."),
    FIELD(video, like_count,       "How many like it."),
    FIELD(video, upload_date,      "YYYYMMDD.", .nullable = true),
    FIELD(video, thumbnail,        "An image.", .nullable = true),
    FIELD(video, tags,             "The uploader's words for it."),
    FIELD(video, categories,       "The site's words for it."),
    LIST(video, chapters,          "Its parts.", video_part),
    FIELD(video, language,         "As the site names it.", .nullable = true),
    FIELD(video, is_live,          "It is broadcast now, or will be."),
    FIELD(video, job_id,           "With 202: the job that still asks."),
    FIELD(video, status,           "With 202: where that stands."));

static fallible address_of(struct ctx *cx, struct exchange *x, const char **url)
{
    struct video_in in = { 0 };
    struct bytes body;

    TRY(edge_read_all(cx, x->request, BODY_MAX_BYTES, &body));
    TRY(json_read(cx, body.n ? body.at : "{}", body.n ? body.n : 2, &video_in_shape, &in));
    *url = in.video_url ? in.video_url : in.url;
    if (!*url || !**url)
        return fail(cx, INPUT_INVALID, "/video_url is missing");
    return address_is_web(*url) ? OK : fail(cx, INPUT_INVALID, "/video_url is not an http or https address");
}

static fallible begin(struct ctx *cx, struct exchange *x, const char *url, struct job *job)
{
    struct ticket *ticket = NEW(cx, struct ticket);
    const char *id = uuid_make(cx);
    struct job_new new = { .id = id, .kind = "audio.look", .owner = cx->user, .trace = trace_text(cx), .lane = LIVE, .deadline_s = DEADLINE_S,
                           .input = json_write(cx, &audio_look_shape, &(struct audio_look){ .url = url }) };

    TRY(job_put(cx, &new, ticket));
    exchange_accepted(cx, x, ticket, id);
    *job = (struct job){ .id = id, .root = id, .state = "queued" };
    return OK;
}

/* The worker's error is ours, as far as the route has words for it. */
static err_t failed(struct ctx *cx, const struct exchange *x, const struct job *job)
{
    enum err_code code;

    for (const enum err_code *f = x->route->fails; job->error && err_find(job->error, &code) && *f != ERR_CODES; f++)
        if (*f == code)
            return err_new(cx, code, __FILE__, "%s", job->error_text ? job->error_text : err_title(code));
    return fail(cx, BUG, "job %s: %s, %s", job->id, job->state, job->error ? job->error : "");
}

static struct video video_of(struct ctx *cx, const struct audio_looked *l)
{
    struct video v = {
        .video_id = l->video_id, .title = l->title, .description = l->description, .uploader = l->uploader, .channel_url = l->channel,
        .duration_seconds = isnan(l->duration_s) ? LONG_NONE : (int64_t)(l->duration_s + 0.5), .view_count = l->view_count, .like_count = l->like_count,
        .upload_date = l->upload_date, .thumbnail = l->thumbnail, .tags = l->tags, .categories = l->categories, .language = l->language, .is_live = l->live,
    };

    v.chapters.at = NEWS(cx, struct video_part, l->chapters.n);
    for (; v.chapters.n < l->chapters.n; v.chapters.n++) {
        const struct video_chapter *c = &l->chapters.at[v.chapters.n];
        v.chapters.at[v.chapters.n] = (struct video_part){ c->title, c->start_s, c->end_s };
    }
    return v;
}

static fallible tell_later(struct ctx *cx, struct exchange *x, const struct job *job)
{
    struct video later = { .job_id = job->id, .status = job->state, .duration_seconds = LONG_NONE, .view_count = LONG_NONE, .like_count = LONG_NONE };

    exchange_header(x, "Location", arena_fmt(cx->arena, "/api/v1/jobs/%s", job->id));
    exchange_header(x, "Retry-After", "5");
    exchange_json(cx, x, 202, &video_shape, &later);
    return OK;
}

err_t video_metadata(struct ctx *cx, struct exchange *x, const void *given)
{
    struct audio_looked looked = { .duration_s = REAL_NONE, .view_count = LONG_NONE, .like_count = LONG_NONE };
    struct job job = { 0 };
    const char *url;

    (void)given;
    TRY(address_of(cx, x, &url));
    TRY(begin(cx, x, url, &job));
    TRY(job_wait(cx, x, &job, WAIT_MS));
    if (!job_has_ended(&job))
        return tell_later(cx, x, &job);
    if (!text_is(job.state, "succeeded"))
        return failed(cx, x, &job);
    TRY(job_open(cx, cx->user, &job));
    TRY(json_read_kept(cx, job.result.text, &audio_looked_shape, &looked));
    struct video v = video_of(cx, &looked);
    exchange_json(cx, x, 200, &video_shape, &v);
    return OK;
}
