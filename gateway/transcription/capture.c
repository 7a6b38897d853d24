/* POST /transcription/stream/capture: a piece of a broadcast becomes a transcription of the caller's, whose recording stays with it. */
#include "http/gateway.h"
#include "http/messages.h"
#include "ops/ops.h"
#include "transcription/capture.h"
#include "transcription/transcript.h"
#include "transcription/transcription.h"
#include "transcription/video.h"
#include "data/json.h"
#include "proto/audio.h"

#include <string.h>

#define WAIT_MS      25000      /* clients give up after thirty seconds */
#define SECONDS      300
#define SECONDS_MOST 1800       /* for so long a worker is busy with it */

SHAPE(capture_in, "A broadcast of which a piece is wanted.",
    FIELD(capture_in, stream_url,       "Where it is.", .need = true, .min = 1, .max = 2048),
    FIELD(capture_in, duration_seconds, "How long a piece; 300 when absent.", .min = 1, .max = SECONDS_MOST));

SHAPE(capture, "A piece of a broadcast.",
    FIELD(capture, success,          "It was taken, and there is a text of it."),
    FIELD(capture, file_path,        "Where its sound is, for the caller alone; null: it was not taken.", .nullable = true),
    FIELD(capture, title,            "Of the broadcast.", .nullable = true),
    FIELD(capture, duration_seconds, "Of what was taken: a broadcast may end before."),
    FIELD(capture, file_size,        "Bytes of it."),
    FIELD(capture, capture_method,   "What took it.", .nullable = true),
    FIELD(capture, url,              "As it was sent.", .need = true),
    FIELD(capture, transcript,       "What is said in it; null: not yet, or it could not be heard.", .nullable = true),
    FIELD(capture, provider,         "The engine that listened.", .nullable = true),
    FIELD(capture, error,            "Why there is no text.", .nullable = true),
    FIELD(capture, transcription_id, "The transcription that it is.", .need = true),
    FIELD(capture, status,           "Where that stands.", .need = true));

/* What the first step of its flow has told. */
static fallible find_captured(struct ctx *cx, const struct transcription *t, struct audio_captured *out)
{
    struct job root = { 0 };
    struct jobs steps = { 0 };
    bool found;

    TRY(job_find(cx, t->job_id, &root, &found));
    if (found)
        TRY(job_steps(cx, &root, &steps));
    if (!steps.jobs.n || !text_is(steps.jobs.at[0].kind, "audio.capture") || !text_is(steps.jobs.at[0].state, "succeeded"))
        return OK;
    return json_read_kept(cx, steps.jobs.at[0].result.text, &audio_captured_shape, out);
}

static fallible tell(struct ctx *cx, const struct exchange *x, const char *url, struct transcription *t, struct capture *out)
{
    struct audio_captured got = { .duration_s = REAL_NONE, .recording_size = LONG_NONE };
    enum err_code code = E_BUG;

    TRY(find_captured(cx, t, &got));
    *out = (struct capture){ .url = url, .title = t->title, .duration_seconds = got.duration_s, .file_size = got.recording_size, .capture_method = got.method,
                             .transcript = t->text, .provider = t->engine, .transcription_id = t->id, .status = t->status };
    out->success = text_is(t->status, "completed");
    out->file_path = t->recording ? arena_fmt(cx->arena, "/api/v1/transcription/%s/recording", t->id) : NULL;
    if (t->error_code && !err_find(t->error_code, &code))
        code = E_BUG;
    if (t->error_code)
        out->error = x->english ? err_title(code) : message_of(code);
    return transcript_text(cx, t->user_id, &out->transcript);
}

/* Until it is over, or the time is. */
static fallible wait_for(struct ctx *cx, struct exchange *x, const char *id, struct transcription *t)
{
    struct job job = { 0 };
    bool found;

    TRY(transcription_of_caller(cx, id, t));
    TRY(job_find(cx, t->job_id, &job, &found));
    if (found)
        TRY(job_wait(cx, x, &job, WAIT_MS));
    return transcription_of_caller(cx, id, t);
}

err_t capture_post(struct ctx *cx, struct exchange *x, const void *given)
{
    struct capture_in in = { 0 };
    struct transcription t = { 0 };
    struct capture c;

    (void)given;
    TRY(exchange_read_json(cx, x, &in));
    TRY(site_check(cx, in.stream_url, "stream_url"));
    struct transcription_plan plan = { .source_type = "url", .video_url = in.stream_url, .language = "auto", .capture_s = in.duration_seconds ? in.duration_seconds : SECONDS };
    TRY(transcription_begin(cx, x, &plan));
    TRY(wait_for(cx, x, plan.id, &t));
    bool ended = text_is(t.status, "completed") || text_is(t.status, "failed");
    if (text_is(t.status, "failed") && !t.recording)
        return site_failed(cx, x, t.error_code, t.error_text);
    TRY(tell(cx, x, in.stream_url, &t, &c));
    if (!ended) {
        exchange_header(x, "Location", arena_fmt(cx->arena, "/api/v1/transcription/%s", t.id));
        exchange_header(x, "Retry-After", "5");
    }
    exchange_json(cx, x, ended ? 200 : 202, &capture_shape, &c);
    return OK;
}

/* --- recordings --- */

static const char *type_of(const char *name)
{
    static const struct { const char *ending, *type; } types[] = {
        { ".mp3", "audio/mpeg" }, { ".wav", "audio/wav" }, { ".mp4", "video/mp4" }, { ".m4a", "audio/mp4" }, { ".ogg", "audio/ogg" }, { ".webm", "video/webm" }, { ".flac", "audio/flac" },
    };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < COUNT(types); i++)
        if (!strcasecmp(dot, types[i].ending))
            return types[i].type;
    return "application/octet-stream";
}

/* What was uploaded, or taken of a broadcast. Of nobody else, whatever they may read. */
err_t recording_get(struct ctx *cx, struct exchange *x, const void *given)
{
    struct transcription t = { 0 };

    TRY(transcription_of_caller(cx, ((const struct transcription_ref *)given)->id, &t));
    if (!text_is(t.user_id, cx->user))
        return fail(cx, TRANSCRIPTION_FOREIGN, "Access denied");
    if (!t.recording)
        return fail(cx, FILE_UNKNOWN, "there is no recording of it");
    return exchange_file(cx, x, t.recording, type_of(t.original_filename ? t.original_filename : t.recording), NULL);
}
