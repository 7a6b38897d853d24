/* POST /transcription/metadata and /stream/status: what a site tells about a video. A worker asks; the answer is waited for a while. */
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

SHAPE(stream_in, "A broadcast.", FIELD(stream_in, stream_url, "Where it is.", .need = true, .min = 1, .max = 2048));

SHAPE(stream_status, "Whether it is broadcast.",
    FIELD(stream_status, is_live,  "It is, now."),
    FIELD(stream_status, was_live, "It was."),
    FIELD(stream_status, title,    "Its title.", .nullable = true),
    FIELD(stream_status, uploader, "Who broadcasts it.", .nullable = true),
    FIELD(stream_status, concurrent_viewers, "Who watches it now; null: the site does not say."),
    FIELD(stream_status, url,      "As it was sent.", .need = true),
    FIELD(stream_status, error,    "null: errors are told as everywhere.", .nullable = true),
    FIELD(stream_status, job_id,   "With 202: the job that still asks."),
    FIELD(stream_status, status,   "With 202: where that stands."));

err_t site_check(struct ctx *cx, const char *url, const char *what)
{
    if (!url || !*url)
        return fail(cx, INPUT_INVALID, "/%s is missing", what);
    return address_is_web(url) ? OK : fail(cx, INPUT_INVALID, "/%s is not an http or https address", what);
}

err_t site_ask(struct ctx *cx, struct exchange *x, const char *kind, const char *input, struct job *job)
{
    struct ticket *ticket = NEW(cx, struct ticket);
    const char *id = uuid_make(cx);
    struct job_new new = { .id = id, .kind = kind, .owner = cx->user, .trace = trace_text(cx), .lane = LIVE, .deadline_s = DEADLINE_S, .input = input };

    TRY(job_put(cx, &new, ticket));
    exchange_accepted(cx, x, ticket, id);
    *job = (struct job){ .id = id, .root = id, .state = "queued" };
    return OK;
}

err_t site_failed(struct ctx *cx, const struct exchange *x, const char *error, const char *text)
{
    enum err_code code;

    for (const enum err_code *f = x->route->fails; error && err_find(error, &code) && *f != ERR_CODES; f++)
        if (*f == code)
            return err_new(cx, code, __FILE__, "%s", text ? text : err_title(code));
    return fail(cx, BUG, "it ended with %s: %s", error ? error : "nothing", text ? text : "");
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

/* 200; 202 as long as the job has not ended: then which it is, and where to look. */
static int status_of(struct ctx *cx, struct exchange *x, const struct job *job, const char **id, const char **state)
{
    if (job_has_ended(job))
        return 200;
    *id = job->id, *state = job->state;
    exchange_header(x, "Location", arena_fmt(cx->arena, "/api/v1/jobs/%s", job->id));
    exchange_header(x, "Retry-After", "5");
    return 202;
}

/* What the site tells, or a job that has not ended. */
static fallible look(struct ctx *cx, struct exchange *x, const char *url, struct audio_looked *out, struct job *job)
{
    *out = (struct audio_looked){ .duration_s = REAL_NONE, .view_count = LONG_NONE, .like_count = LONG_NONE, .viewers = LONG_NONE };
    TRY(site_ask(cx, x, "audio.look", json_write(cx, &audio_look_shape, &(struct audio_look){ .url = url }), job));
    TRY(job_wait(cx, x, job, WAIT_MS));
    if (!job_has_ended(job))
        return OK;
    if (!text_is(job->state, "succeeded"))
        return site_failed(cx, x, job->error, job->error_text);
    TRY(job_open(cx, cx->user, job));
    return json_read_kept(cx, job->result.text, &audio_looked_shape, out);
}

err_t video_metadata(struct ctx *cx, struct exchange *x, const void *given)
{
    struct video_in in = { 0 };
    struct audio_looked looked;
    struct job job = { 0 };

    (void)given;
    TRY(exchange_read_json(cx, x, &in));
    const char *url = in.video_url ? in.video_url : in.url;
    TRY(site_check(cx, url, "video_url"));
    TRY(look(cx, x, url, &looked, &job));
    struct video v = video_of(cx, &looked);
    int status = status_of(cx, x, &job, &v.job_id, &v.status);
    exchange_json(cx, x, status, &video_shape, &v);
    return OK;
}

err_t stream_status_post(struct ctx *cx, struct exchange *x, const void *given)
{
    struct stream_in in = { NULL };
    struct audio_looked looked;
    struct job job = { 0 };

    (void)given;
    TRY(exchange_read_json(cx, x, &in));
    TRY(site_check(cx, in.stream_url, "stream_url"));
    TRY(look(cx, x, in.stream_url, &looked, &job));
    struct stream_status s = { .is_live = text_is(looked.live_status, "is_live"), .was_live = looked.was_live, .title = looked.title, .uploader = looked.uploader,
                               .concurrent_viewers = looked.viewers, .url = in.stream_url };
    int status = status_of(cx, x, &job, &s.job_id, &s.status);
    exchange_json(cx, x, status, &stream_status_shape, &s);
    return OK;
}
