/* POST /transcription: a video's address is taken, its flow accepted: fetch or extract the sound, then listen. */
#include "http/gateway.h"
#include "transcription/address.h"
#include "transcription/transcription.h"
#include "app/files_left.h"
#include "app/persons.h"
#include "base/log.h"
#include "data/crypto.h"
#include "data/json.h"
#include "data/trace.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "proto/audio.h"
#include "proto/stt.h"
#include "sql.h"

#include <string.h>

#define DEADLINE_S    86400
#define NOT_A_VIDEO   "video_url must be a valid YouTube URL (youtube.com/watch?v=, youtu.be/, or youtube.com/embed/)"

/* --- what is asked --- */

static err_t refuse(struct ctx *cx, const char *at, const char *what)
{
    err_t e = fail(cx, INPUT_INVALID, "%s", what);

    e->flaws = NEW(cx, struct flaw);
    *e->flaws = (struct flaw){ .at = at, .what = what };
    return e;
}

err_t transcription_language(struct ctx *cx, const char *given, const char **out)
{
    *out = given && *given ? given : "auto";
    if (!strcmp(*out, "auto"))
        return OK;
    const char *what = format_language.check(*out, strlen(*out));
    return what ? refuse(cx, "/language", what) : OK;
}

static fallible check(struct ctx *cx, const struct transcription_in *in, struct transcription_plan *plan)
{
    char id[VIDEO_ID_BYTES];

    TRY(transcription_language(cx, in->language, &plan->language));
    if (text_is(plan->source_type, "upload"))
        return refuse(cx, "/source_type", "recordings are sent to /api/v1/transcription/upload");
    if (!plan->video_url || !*plan->video_url)
        return refuse(cx, "/video_url", "is missing");
    if (text_is(plan->source_type, "youtube"))
        return address_is_youtube(plan->video_url, id) ? OK : refuse(cx, "/video_url", NOT_A_VIDEO);
    return address_is_web(plan->video_url) ? OK : refuse(cx, "/video_url", "is not an http or https address");
}

/* --- the flow --- */

struct flow_input { const char *transcription, *file; };
extern const struct shape flow_input_shape;
SHAPE(flow_input, "What the root of a flow knows: whose it is, and which file goes with it.",
    FIELD(flow_input, transcription, "The transcription."),
    FIELD(flow_input, file,          "Its recording."));

/* Own input of a step without the members that it takes from results. */
#define INPUT(cx, T, ...) ((struct raw){ json_write(cx, &T##_shape, &(struct T){ __VA_ARGS__ }) })

bool transcription_is_mocked(const struct exchange *x) { return text_is(x->gateway->settings->assemblyai_api_key, "MOCK"); }

static size_t put_steps(struct ctx *cx, const struct exchange *x, const struct transcription_plan *p, struct job_step *s)
{
    bool mock = transcription_is_mocked(x);
    const char *language = text_is(p->language, "auto") ? NULL : p->language, *source = p->video_url ? p->video_url : p->filename;
    size_t n = 0;

    if (!mock && p->key)
        s[n++] = (struct job_step){ .step = "audio", .kind = "audio.extract", .input = INPUT(cx, audio_extract, .file = p->key, .transcription = p->id) };
    else if (!mock && p->capture_s)
        s[n++] = (struct job_step){ .step = "audio", .kind = "audio.capture", .input = INPUT(cx, audio_capture, .url = p->video_url, .seconds = p->capture_s, .transcription = p->id) };
    else if (!mock)
        s[n++] = (struct job_step){ .step = "audio", .kind = "audio.fetch", .input = INPUT(cx, audio_fetch, .url = p->video_url, .transcription = p->id) };
    s[n++] = (struct job_step){ .step = "stt", .kind = "stt.transcribe", .takes = { mock ? NULL : "{\"file\":\"audio.file\"}" },
        .input = INPUT(cx, stt_transcribe, .language = language, .engine = p->engine, .prompt = p->prompt, .source = mock ? source : NULL,
                        .transcription = mock ? p->id : NULL, .diarize = p->diarize) };
    return n;
}

const char *transcription_steps(struct ctx *cx, const struct exchange *x, const struct transcription_plan *p)
{
    struct { LIST_OF(struct job_step) steps; } all = { { NEWS(cx, struct job_step, 2), 0 } };
    struct text json = text_new(cx->arena, 512, 1 << 20);

    all.steps.n = put_steps(cx, x, p, all.steps.at);
    json_put_list(&json, &job_step_shape, (const struct list *)&all.steps);
    return json.at;
}

err_t transcription_flow(struct ctx *cx, struct exchange *x, const struct transcription_plan *p, struct ticket *ticket)
{
    struct job_step steps[2];
    struct job_new new = { .id = p->job_id, .kind = "flow.transcription", .owner = p->owner ? p->owner : cx->user, .trace = trace_text(cx), .lane = BATCH, .deadline_s = DEADLINE_S,
                           .input = json_write(cx, &flow_input_shape, &(struct flow_input){ p->id, p->key }) };

    new.steps.n = put_steps(cx, x, p, steps);
    new.steps.at = steps;
    return job_put(cx, &new, ticket);
}

/* --- accepting --- */

static const char *print_of(struct ctx *cx, const struct transcription_plan *p)
{
    const char *parts[] = { p->source_type, p->video_url, p->print, p->language, p->engine, p->prompt };
    struct text all = text_new(cx->arena, 512, 16384);

    for (size_t i = 0; i < COUNT(parts); i++)
        text_fmt(&all, "%s\n", parts[i] ? parts[i] : "");
    text_put(&all, p->diarize ? "diarize" : "");
    if (p->capture_s)
        text_fmt(&all, "capture %lld", (long long)p->capture_s);
    return crypto_sha256_hex(cx, all.at, all.n);
}

static fallible find_same(struct ctx *cx, const char *asked, struct transcription_ref *same, bool *found)
{
    TRY(pg_later(cx, SQL(transcription_lock), ARGS(cx->user, asked), NULL, NULL, false));
    return pg_find(cx, SQL(transcription_same), ARGS(cx->user, asked), &transcription_ref_shape, same, found);
}

static fallible put(struct ctx *cx, struct exchange *x, const struct transcription_plan *p, const char *asked, struct ticket *ticket)
{
    TRY(pg_do(cx, SQL(transcription_put), ARGS(p->id, cx->user, p->job_id, asked, p->source_type, p->video_url, p->filename, p->key, p->language)));
    if (p->key)
        TRY(files_left_keep(cx, p->key));
    if (p->upload)
        TRY(pg_do(cx, SQL(upload_done), ARGS(p->upload, p->id)));
    return transcription_flow(cx, x, p, ticket);
}

err_t transcription_answer(struct ctx *cx, struct exchange *x, const char *id)
{
    const char *location = arena_fmt(cx->arena, "/api/v1/transcription/%s", id);
    struct transcription t = { 0 };

    TRY(transcription_of_caller(cx, id, &t));
    TRY(transcription_finish(cx, &t));
    const char *body = json_write(cx, &transcription_shape, &t);
    TRY(exchange_commit(cx, x, 201, location, body));
    exchange_header(x, "Location", location);
    exchange_text(cx, x, 201, "application/json", (struct bytes){ body, strlen(body) });
    return OK;
}

/* The recording that came again is not needed. */
static fallible take_same(struct ctx *cx, struct transcription_plan *p, const char *id)
{
    if (p->key)
        TRY(files_left_note(cx, p->key, 0));
    if (p->upload)
        TRY(pg_do(cx, SQL(upload_done), ARGS(p->upload, id)));
    p->id = id;
    return OK;
}

/* A prompt is sealed: a person's first key is made on a connection of its own, so before the transaction begins. */
static fallible have_key(struct ctx *cx, const struct transcription_plan *p)
{
    const char *closed;

    return p->prompt ? person_seal(cx, cx->user, (struct bytes){ p->prompt, strlen(p->prompt) }, &closed) : OK;
}

/* Within a transaction that stays open: the new one, or that which was asked for just now. */
static fallible take(struct ctx *cx, struct exchange *x, struct transcription_plan *p, const char *asked, bool *is_new)
{
    struct transcription_ref same = { 0 };
    struct ticket *ticket = NEW(cx, struct ticket);
    bool found = false;

    if (!cx->tx)
        TRY(pg_begin(cx));
    if (!x->key)
        TRY(find_same(cx, asked, &same, &found));
    *is_new = !found;
    if (found)
        return take_same(cx, p, same.id);
    TRY(account_gone(cx, put(cx, x, p, asked, ticket)));
    exchange_accepted(cx, x, ticket, p->job_id);
    return OK;
}

static void tell_created(struct ctx *cx, const struct transcription_plan *p)
{
    log_event(cx, LOG_INFO, "transcription_job_created", LOG_TEXT("transcription", p->id), LOG_TEXT("job", p->job_id), LOG_TEXT("source_type", p->source_type),
              LOG_TEXT("user_id", cx->user));
}

err_t transcription_accept(struct ctx *cx, struct exchange *x, struct transcription_plan *p)
{
    const char *asked = print_of(cx, p);
    bool repeat, is_new;

    p->id = p->id ? p->id : uuid_make(cx), p->job_id = uuid_make(cx);
    TRY(account_gone(cx, have_key(cx, p)));
    TRY(exchange_once(cx, x, asked, &repeat));
    if (repeat)
        return OK;
    TRY(take(cx, x, p, asked, &is_new));
    TRY(transcription_answer(cx, x, p->id));
    if (is_new)
        tell_created(cx, p);
    return OK;
}

err_t transcription_begin(struct ctx *cx, struct exchange *x, struct transcription_plan *p)
{
    bool is_new;

    p->id = uuid_make(cx), p->job_id = uuid_make(cx);
    TRY(take(cx, x, p, print_of(cx, p), &is_new));
    TRY(exchange_commit(cx, x, 0, NULL, NULL));
    if (is_new)
        tell_created(cx, p);
    return OK;
}

err_t transcription_create(struct ctx *cx, struct exchange *x, const void *given)
{
    struct transcription_in in = { 0 };

    (void)given;
    TRY(exchange_read_json(cx, x, &in));
    struct transcription_plan plan = { .source_type = in.source_type ? in.source_type : "youtube", .video_url = in.video_url ? in.video_url : in.url,
                                       .engine = in.engine, .prompt = in.prompt, .diarize = in.diarize };
    TRY(check(cx, &in, &plan));
    return transcription_accept(cx, x, &plan);
}

HANDLER(youtube_validate_post, youtube_in, youtube_valid)
{
    char id[VIDEO_ID_BYTES];

    out->url = in->video_url ? in->video_url : in->url ? in->url : "";
    if (!*out->url)
        return refuse(cx, "/video_url", "is missing");
    out->valid = address_is_youtube(out->url, id);
    out->video_id = out->valid ? arena_fmt(cx->arena, "%s", id) : NULL;
    return OK;
}
