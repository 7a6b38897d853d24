/* POST /transcription/auto-chapter: of a video that the caller has a transcription of, that is cut into chapters; of another the site's
 * captions, or a transcription that is made and waited for. */
#include "http/gateway.h"
#include "transcription/address.h"
#include "transcription/digest.h"
#include "transcription/smart.h"
#include "transcription/transcription.h"
#include "transcription/video.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

static fallible read_in(struct ctx *cx, struct exchange *x, struct chapters_in *in)
{
    TRY(exchange_read_json(cx, x, in));
    in->video_url = in->video_url ? in->video_url : in->url;
    in->provider = digest_provider(in->provider);
    TRY(transcription_language(cx, in->language, &in->language));
    return site_check(cx, in->video_url, "video_url");
}

/* The newest of the caller's that has a text; of YouTube whatever form the address has. */
static fallible find_stored(struct ctx *cx, const char *url, struct transcription_ref *out, bool *found)
{
    char id[VIDEO_ID_BYTES];

    return pg_find(cx, SQL(transcription_of_video), ARGS(cx->user, url, address_is_youtube(url, id) ? arena_fmt(cx->arena, "%s", id) : NULL), &transcription_ref_shape, out, found);
}

/* Whose site nobody asks without a key: the word MOCK stands for all of it. */
static const char *site_of(const struct exchange *x, const char *url)
{
    return text_is(x->gateway->settings->assemblyai_api_key, "MOCK") ? NULL : url;
}

static err_t tell_transcribing(struct ctx *cx, struct exchange *x, const struct smart *s)
{
    struct chapters_view view = { .transcription_id = s->transcription_id, .video_id = s->video_id, .status = s->status };

    digest_later(cx, x, arena_fmt(cx->arena, "/api/v1/transcription/%s", s->transcription_id));
    exchange_json(cx, x, 202, &chapters_view_shape, &view);
    return OK;
}

static err_t of_captions(struct ctx *cx, struct exchange *x, const struct chapters_in *in, const struct smart *s, int64_t until_ms)
{
    struct segment *segments = NEWS(cx, struct segment, s->segments.n);
    struct chapters_plan p = { .owner = cx->user, .video_url = in->video_url, .language = digest_language(s->language), .provider = in->provider, .segments = segments, .n = s->segments.n };
    struct chapters_view view = { .video_id = s->video_id };
    struct ticket *ticket = NEW(cx, struct ticket);
    const char *id = uuid_make(cx);
    struct job job = { .id = id, .root = id, .state = "queued" };

    for (size_t i = 0; i < s->segments.n; i++)
        segments[i] = (struct segment){ .text = s->segments.at[i].text, .start = s->segments.at[i].start, .end = s->segments.at[i].end };
    TRY(account_gone(cx, chapters_put(cx, &p, id, ticket)));
    exchange_accepted(cx, x, ticket, id);
    return chapters_answer(cx, x, &job, cx->user, until_ms, &view);
}

static err_t of_transcription(struct ctx *cx, struct exchange *x, const struct chapters_in *in, const char *id, int64_t until_ms)
{
    struct transcript_view t;

    TRY(transcript_open(cx, id, &t));
    return chapters_of_transcript(cx, x, &t, site_of(x, in->video_url), in->provider, until_ms);
}

err_t auto_chapter(struct ctx *cx, struct exchange *x, const void *given)
{
    int64_t until_ms = clock_ms() + DIGEST_WAIT_MS;
    struct transcription_ref stored = { NULL };
    struct chapters_in in = { 0 };
    struct smart s;
    bool found;

    (void)given;
    TRY(read_in(cx, x, &in));
    TRY(find_stored(cx, in.video_url, &stored, &found));
    if (found)
        return of_transcription(cx, x, &in, stored.id, until_ms);
    TRY(smart_words(cx, x, &(struct smart_in){ .video_url = in.video_url, .language = in.language, .prefer_provider = "auto" }, until_ms, &s));
    if (!s.text)
        return tell_transcribing(cx, x, &s);
    return s.transcription_id ? of_transcription(cx, x, &in, s.transcription_id, until_ms) : of_captions(cx, x, &in, &s, until_ms);
}
