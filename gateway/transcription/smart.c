/* POST /transcription/smart-transcribe: captions that people or the site made cost nothing and are there at once; where there are none,
 * the video becomes a transcription of the caller's as any other, and is waited for. */
#include "http/gateway.h"
#include "ops/ops.h"
#include "transcription/address.h"
#include "transcription/smart.h"
#include "transcription/transcript.h"
#include "transcription/transcription.h"
#include "transcription/video.h"
#include "base/clock.h"
#include "data/json.h"
#include "proto/audio.h"

#define WAIT_MS     25000       /* clients give up after thirty seconds */
#define CAPTIONS_MS 15000       /* of them, for the captions */
#define TEXT_BYTES  ((size_t)16 << 20)
#define CAPTIONS    "captions"

SHAPE(smart_in, "A video whose words are wanted.",
    FIELD(smart_in, video_url,       "Where it is.", .max = 2048),
    FIELD(smart_in, url,             "Another name of video_url.", .max = 2048),
    FIELD(smart_in, language,        "BCP 47 tag of what is spoken; auto: the video's own.", .max = 10),
    FIELD(smart_in, prefer_provider, "auto: the site's captions, and an engine where there are none; captions: nothing else; or the name of an engine, without captions.", .max = 40));

SHAPE(smart_segment, "A part of it.",
    FIELD(smart_segment, text,       "What is said."),
    FIELD(smart_segment, start,      "Seconds."),
    FIELD(smart_segment, end,        "Seconds."),
    FIELD(smart_segment, duration,   "Seconds."),
    FIELD(smart_segment, confidence, "null: nobody says."));

SHAPE(smart, "What is said in a video.",
    FIELD(smart, video_id,         "The site's own name for it.", .nullable = true),
    FIELD(smart, text,             "All of it; null: not yet.", .nullable = true),
    LIST(smart, segments,          "The same with times.", smart_segment, .max = 50000),
    FIELD(smart, language,         "Of the text.", .nullable = true),
    FIELD(smart, duration_seconds, "Of the video."),
    FIELD(smart, confidence,       "0 to 1; null: nobody says, as with captions."),
    FIELD(smart, provider,         "captions, or the engine that listened.", .nullable = true),
    FIELD(smart, is_manual,        "A person wrote it, no machine."),
    FIELD(smart, error,            "null: errors are told as everywhere.", .nullable = true),
    FIELD(smart, transcription_id, "The transcription, where it became one."),
    FIELD(smart, status,           "With 202: where that stands."));

static fallible read_in(struct ctx *cx, struct exchange *x, struct smart_in *in)
{
    TRY(exchange_read_json(cx, x, in));
    in->video_url = in->video_url ? in->video_url : in->url;
    in->prefer_provider = in->prefer_provider && *in->prefer_provider ? in->prefer_provider : "auto";
    TRY(transcription_language(cx, in->language, &in->language));
    return site_check(cx, in->video_url, "video_url");
}

/* --- the site's captions --- */

static struct smart smart_of_captions(struct ctx *cx, const struct audio_captioned *c)
{
    struct text all = text_new(cx->arena, 4096, TEXT_BYTES);
    struct smart s = { .video_id = c->video_id, .language = c->language, .provider = CAPTIONS, .is_manual = c->manual, .confidence = REAL_NONE };

    s.duration_seconds = c->duration_s > 0 ? (int64_t)(c->duration_s + 0.5) : LONG_NONE;
    s.segments.at = NEWS(cx, struct smart_segment, c->captions.n);
    for (; s.segments.n < c->captions.n; s.segments.n++) {
        const struct caption *one = &c->captions.at[s.segments.n];
        s.segments.at[s.segments.n] = (struct smart_segment){ one->text, one->start_s, one->end_s, one->end_s - one->start_s, REAL_NONE };
        text_fmt(&all, "%s%s", s.segments.n ? " " : "", one->text);
    }
    s.text = all.at;
    return s;
}

/* False: there are none, or the site takes its time. */
static fallible from_captions(struct ctx *cx, struct exchange *x, const struct smart_in *in, struct smart *out, bool *found)
{
    struct audio_captions ask = { .url = in->video_url, .language = text_is(in->language, "auto") ? NULL : in->language };
    struct audio_captioned got = { .duration_s = REAL_NONE };
    bool only = text_is(in->prefer_provider, CAPTIONS);
    struct job job = { 0 };

    *found = false;
    TRY(site_ask(cx, x, "audio.captions", json_write(cx, &audio_captions_shape, &ask), &job));
    TRY(job_wait(cx, x, &job, only ? WAIT_MS : CAPTIONS_MS));
    if (!job_has_ended(&job))
        return only ? fail(cx, DEADLINE_PASSED, "the site takes its time") : OK;
    if (!text_is(job.state, "succeeded"))
        return text_is(job.error, err_name(E_CAPTIONS_ABSENT)) && !only ? OK : site_failed(cx, x, job.error, job.error_text);
    TRY(job_open(cx, cx->user, &job));
    TRY(json_read_kept(cx, job.result.text, &audio_captioned_shape, &got));
    *out = smart_of_captions(cx, &got);
    *found = true;
    return OK;
}

/* --- a transcription --- */

static struct smart smart_of_transcript(struct ctx *cx, const struct transcript_view *t)
{
    char id[VIDEO_ID_BYTES];
    struct smart s = { .text = t->text ? t->text : "", .language = t->language, .provider = t->engine, .confidence = t->confidence, .transcription_id = t->id };

    s.video_id = t->video_url && address_is_youtube(t->video_url, id) ? arena_fmt(cx->arena, "%s", id) : NULL;
    s.duration_seconds = t->duration_seconds == INT_NONE ? LONG_NONE : t->duration_seconds;
    s.segments.at = NEWS(cx, struct smart_segment, t->segments.n);
    for (; s.segments.n < t->segments.n; s.segments.n++) {
        const struct segment *one = &t->segments.at[s.segments.n];
        s.segments.at[s.segments.n] = (struct smart_segment){ one->text, one->start, one->end, one->end - one->start, REAL_NONE };
    }
    return s;
}

/* Once the time is over *out has a status and no text. */
static fallible from_engine(struct ctx *cx, struct exchange *x, const struct smart_in *in, int64_t until_ms, struct smart *out)
{
    char id[VIDEO_ID_BYTES];
    struct transcription_plan plan = { .source_type = address_is_youtube(in->video_url, id) ? "youtube" : "url", .video_url = in->video_url, .language = in->language,
                                       .engine = text_is(in->prefer_provider, "auto") ? NULL : in->prefer_provider };
    struct transcript_view transcript;
    struct transcription t = { 0 };
    struct job job = { 0 };
    bool there;

    TRY(transcription_begin(cx, x, &plan));
    TRY(transcription_of_caller(cx, plan.id, &t));
    TRY(job_find(cx, t.job_id, &job, &there));
    if (there && until_ms > clock_ms())
        TRY(job_wait(cx, x, &job, until_ms - clock_ms()));
    TRY(transcription_of_caller(cx, plan.id, &t));
    if (text_is(t.status, "failed"))
        return site_failed(cx, x, t.error_code, t.error_text);
    *out = (struct smart){ .transcription_id = t.id, .status = t.status, .duration_seconds = LONG_NONE, .confidence = REAL_NONE };
    if (!text_is(t.status, "completed"))
        return OK;
    TRY(transcript_open(cx, t.id, &transcript));
    *out = smart_of_transcript(cx, &transcript);
    return OK;
}

/* Without a key nobody asks a site: the word MOCK stands for all of it. */
static bool wants_captions(const struct exchange *x, const struct smart_in *in)
{
    return text_is(in->prefer_provider, CAPTIONS) || (!transcription_is_mocked(x) && text_is(in->prefer_provider, "auto"));
}

err_t smart_words(struct ctx *cx, struct exchange *x, const struct smart_in *in, int64_t until_ms, struct smart *out)
{
    bool found = false;

    if (wants_captions(x, in))
        TRY(from_captions(cx, x, in, out, &found));
    return found ? OK : from_engine(cx, x, in, until_ms, out);
}

err_t smart_transcribe(struct ctx *cx, struct exchange *x, const void *given)
{
    int64_t until_ms = clock_ms() + WAIT_MS;
    struct smart_in in = { 0 };
    struct smart s;

    (void)given;
    TRY(read_in(cx, x, &in));
    TRY(smart_words(cx, x, &in, until_ms, &s));
    if (!s.text) {
        exchange_header(x, "Location", arena_fmt(cx->arena, "/api/v1/transcription/%s", s.transcription_id));
        exchange_header(x, "Retry-After", "5");
    }
    exchange_json(cx, x, s.text ? 200 : 202, &smart_shape, &s);
    return OK;
}
