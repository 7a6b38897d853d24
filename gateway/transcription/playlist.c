/* POST /transcription/playlist: a worker reads the list; then each of its videos goes its own way, by triggers of the database (playlists.sql), whoever is still
 * there. Here they are waited for a while, and told as far as they are. */
#include "http/gateway.h"
#include "http/messages.h"
#include "ops/ops.h"
#include "transcription/playlist.h"
#include "transcription/transcript.h"
#include "transcription/transcription.h"
#include "transcription/video.h"
#include "base/clock.h"
#include "data/crypto.h"
#include "data/json.h"
#include "data/trace.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "proto/audio.h"
#include "sql.h"

#include <string.h>

#define WAIT_MS     25000       /* clients give up after thirty seconds */
#define LOOK_MS     500         /* at what is left */
#define DEADLINE_S  3600        /* of reading the list: its site may have to be waited for */
#define VIDEOS      20
#define VIDEOS_MOST 50          /* as audio.playlist takes */
#define TEXTS_BYTES ((int64_t)16 << 20)     /* of one answer, as they are kept */

SHAPE(playlist_in, "A list of videos whose words are wanted.",
    FIELD(playlist_in, playlist_url, "Where it is.", .max = 2048),
    FIELD(playlist_in, url,          "Another name of playlist_url.", .max = 2048),
    FIELD(playlist_in, language,     "BCP 47 tag of what is spoken; auto: each video's own.", .max = 10),
    FIELD(playlist_in, max_videos,   "So many of its videos, from the first; 20 when absent.", .min = 1, .max = VIDEOS_MOST));

SHAPE(playlist_ref, "Names a list.", FIELD(playlist_ref, id, "Its id.", .need = true, .format = &format_uuid));
SHAPE(playlist_count, "How many.", FIELD(playlist_count, n, "So many."));

SHAPE(playlist_row, "A video of a list.",
    FIELD(playlist_row, video_id,         "The site's own name for it."),
    FIELD(playlist_row, title,            "Its title."),
    FIELD(playlist_row, url,              "Where it is."),
    FIELD(playlist_row, duration_s,       "Seconds."),
    FIELD(playlist_row, transcription_id, "The transcription that it became."),
    FIELD(playlist_row, status,           "pending, completed or failed."),
    FIELD(playlist_row, error_code,       "Why it failed."),
    FIELD(playlist_row, provider,         "captions, or the engine."),
    FIELD(playlist_row, language,         "Of the text."),
    FIELD(playlist_row, is_manual,        "A person wrote it."),
    FIELD(playlist_row, confidence,       "Of the engine."),
    FIELD(playlist_row, mock,             "Nobody listened."),
    FIELD(playlist_row, text,             "What is said."));

SHAPE(playlist_more, "What else is known of a video of a list.",
    FIELD(playlist_more, transcription_id, "The transcription, where it became one."),
    FIELD(playlist_more, status,           "Where it stands.", .need = true, .one_of = WORDS("pending", "completed", "failed")),
    FIELD(playlist_more, error_code,       "Name of the error.", .nullable = true),
    FIELD(playlist_more, confidence,       "0 to 1; null: nobody says, as with captions."),
    FIELD(playlist_more, is_manual,        "A person wrote the text, no machine."),
    FIELD(playlist_more, mock,             "Nobody listened: the text is invented, because the key of the engine is MOCK."));

SHAPE(playlist_video, "A video of a list, and what is said in it.",
    FIELD(playlist_video, video_id,   "The site's own name for it.", .nullable = true),
    FIELD(playlist_video, title,      "Its title.", .nullable = true),
    FIELD(playlist_video, url,        "Where it is.", .need = true),
    FIELD(playlist_video, transcript, "What is said; null: not yet, or it failed.", .nullable = true),
    FIELD(playlist_video, provider,   "captions, or the engine that listened.", .nullable = true),
    FIELD(playlist_video, duration,   "Seconds; null: not known."),
    FIELD(playlist_video, language,   "Of the text.", .nullable = true),
    FIELD(playlist_video, success,    "There is a text."),
    FIELD(playlist_video, error,      "Why there is none.", .nullable = true),
    OBJECT(playlist_video, metadata,  "What else is known.", playlist_more));

SHAPE(playlist, "What is said in the videos of a list.",
    FIELD(playlist, success,     "The list was read, and nothing more is done: each video says how it went."),
    FIELD(playlist, total,       "How many videos there are below."),
    FIELD(playlist, transcribed, "How many of them have a text."),
    LIST(playlist, results,      "In the order of the list.", playlist_video, .max = VIDEOS_MOST),
    FIELD(playlist, error,       "Why the list could not be read.", .nullable = true),
    FIELD(playlist, playlist_id, "Its id: /api/v1/transcription/playlist/{id}.", .need = true),
    FIELD(playlist, title,       "Of the list.", .nullable = true),
    FIELD(playlist, status,      "Where it stands.", .need = true, .one_of = WORDS("pending", "processing", "completed", "failed")));

static fallible read_in(struct ctx *cx, struct exchange *x, struct playlist_in *in)
{
    TRY(exchange_read_json(cx, x, in));
    in->playlist_url = in->playlist_url ? in->playlist_url : in->url;
    in->max_videos = in->max_videos ? in->max_videos : VIDEOS;
    TRY(transcription_language(cx, in->language, &in->language));
    return site_check(cx, in->playlist_url, "playlist_url");
}

/* --- accepting --- */

static fallible put(struct ctx *cx, struct exchange *x, const struct playlist_in *in, const char *asked, const char *id)
{
    struct transcription_plan plan = { .source_type = "url", .video_url = "", .language = in->language };
    struct audio_playlist ask = { in->playlist_url, in->max_videos };
    struct job_new new = { .id = id, .kind = "audio.playlist", .owner = cx->user, .trace = trace_text(cx), .lane = LIVE, .deadline_s = DEADLINE_S,
                           .input = json_write(cx, &audio_playlist_shape, &ask) };
    struct ticket *ticket = NEW(cx, struct ticket);

    TRY(pg_do(cx, SQL(playlist_put), ARGS(id, cx->user, asked, in->playlist_url, in->language, !transcription_is_mocked(x), transcription_steps(cx, x, &plan))));
    TRY(job_put(cx, &new, ticket));
    exchange_accepted(cx, x, ticket, id);
    return OK;
}

/* A new one, or the same that was asked for just now. */
static fallible accept(struct ctx *cx, struct exchange *x, const struct playlist_in *in, const char **id)
{
    const char *asked = arena_fmt(cx->arena, "playlist\n%s\n%s\n%d", in->playlist_url, in->language, in->max_videos);
    struct playlist_ref same = { 0 };
    bool found;

    asked = crypto_sha256_hex(cx, asked, strlen(asked));
    TRY(pg_begin(cx));
    TRY(pg_later(cx, SQL(transcription_lock), ARGS(cx->user, asked), NULL, NULL, false));
    TRY(pg_find(cx, SQL(playlist_same), ARGS(cx->user, asked), &playlist_ref_shape, &same, &found));
    *id = found ? same.id : uuid_make(cx);
    if (!found)
        TRY(account_gone(cx, put(cx, x, in, asked, *id)));
    return exchange_commit(cx, x, 0, NULL, NULL);
}

/* --- waiting --- */

static fallible count_left(struct ctx *cx, const char *id, int64_t *n)
{
    struct playlist_count left = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(playlist_left), ARGS(id), &playlist_count_shape, &left, &found));
    *n = left.n;
    return OK;
}

static fallible wait_for(struct ctx *cx, struct exchange *x, struct job *job)
{
    int64_t until_ms = clock_ms() + WAIT_MS, left = 1;

    TRY(job_wait(cx, x, job, WAIT_MS));
    while (text_is(job->state, "succeeded") && left && clock_ms() < until_ms && !edge_draining(x->gateway->edge)) {
        TRY(count_left(cx, job->id, &left));
        if (left)
            clock_sleep_ms(LOOK_MS);
    }
    return OK;
}

/* --- telling --- */

static const char *told(const struct exchange *x, const char *error)
{
    enum err_code code = E_BUG;

    if (!error)
        return NULL;
    err_find(error, &code);
    return x->english ? err_title(code) : message_of(code);
}

static fallible tell_video(struct ctx *cx, const struct exchange *x, const struct playlist_row *row, struct playlist_video *out)
{
    bool done = text_is(row->status, "completed"), failed = text_is(row->status, "failed");
    const char *code = failed ? row->error_code ? row->error_code : err_name(E_BUG) : NULL;

    *out = (struct playlist_video){ .video_id = row->video_id, .title = row->title, .url = row->url, .duration = row->duration_s < 0 ? REAL_NONE : row->duration_s,
                                    .success = done, .error = told(x, code), .transcript = done ? row->text : NULL, .provider = done ? row->provider : NULL,
                                    .language = done ? row->language : NULL };
    out->metadata = (struct playlist_more){ row->transcription_id, row->status, code, row->confidence < 0 ? REAL_NONE : row->confidence, row->is_manual, row->mock };
    return transcript_text(cx, cx->user, &out->transcript);
}

static fallible tell_videos(struct ctx *cx, const struct exchange *x, struct playlist *out)
{
    struct { LIST_OF(struct playlist_row) rows; } all = { .rows = { NULL, 0 } };
    int pending = 0;

    TRY(pg_list(cx, SQL(playlist_rows_list), ARGS(out->playlist_id, TEXTS_BYTES), &playlist_row_shape, &all.rows));
    out->results.at = NEWS(cx, struct playlist_video, all.rows.n);
    for (; out->results.n < all.rows.n; out->results.n++) {
        struct playlist_video *v = &out->results.at[out->results.n];
        TRY(tell_video(cx, x, &all.rows.at[out->results.n], v));
        out->transcribed += v->success;
        pending += text_is(v->metadata.status, "pending");
    }
    out->total = (int)all.rows.n;
    out->success = !pending;
    out->status = pending ? "processing" : "completed";
    return OK;
}

static fallible tell(struct ctx *cx, const struct exchange *x, struct job *job, struct playlist *out)
{
    struct audio_listed listed = { .title = NULL };

    *out = (struct playlist){ .playlist_id = job->id, .status = "pending" };
    if (!job_has_ended(job))
        return OK;
    if (!text_is(job->state, "succeeded")) {
        out->status = "failed";
        out->error = told(x, job->error ? job->error : err_name(E_BUG));
        return OK;
    }
    TRY(json_read_kept(cx, job->result.text, &audio_listed_shape, &listed));
    out->title = listed.title;
    return tell_videos(cx, x, out);
}

err_t playlist_post(struct ctx *cx, struct exchange *x, const void *given)
{
    struct playlist_in in = { 0 };
    struct playlist list;
    struct job job = { 0 };
    bool found;

    (void)given;
    TRY(read_in(cx, x, &in));
    TRY(accept(cx, x, &in, &job.id));
    TRY(job_find(cx, job.id, &job, &found));
    TRY(wait_for(cx, x, &job));
    if (job_has_ended(&job) && !text_is(job.state, "succeeded"))
        return site_failed(cx, x, job.error, job.error_text);
    TRY(tell(cx, x, &job, &list));
    if (!list.success) {
        exchange_header(x, "Location", arena_fmt(cx->arena, "/api/v1/transcription/playlist/%s", list.playlist_id));
        exchange_header(x, "Retry-After", "5");
    }
    exchange_json(cx, x, list.success ? 200 : 202, &playlist_shape, &list);
    return OK;
}

static fallible list_of_caller(struct ctx *cx, const char *id, struct job *job)
{
    struct playlist_ref own = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(playlist_find), ARGS(id, cx->user), &playlist_ref_shape, &own, &found));
    if (found)
        TRY(job_find(cx, id, job, &found));
    return found ? OK : fail(cx, TRANSCRIPTION_UNKNOWN, "Transcription job not found");
}

/* How far a list of the caller's is. */
HANDLER(playlist_get, playlist_ref, playlist)
{
    struct job job = { 0 };

    TRY(list_of_caller(cx, in->id, &job));
    return tell(cx, cx->host, &job, out);
}

/* --- ending it --- */

static fallible live_of(struct ctx *cx, const char *id, const char ***ids, size_t *n)
{
    struct { LIST_OF(struct playlist_ref) rows; } live = { .rows = { NULL, 0 } };

    TRY(pg_list(cx, SQL(playlist_live), ARGS(id), &playlist_ref_shape, &live.rows));
    *ids = NEWS(cx, const char *, live.rows.n);
    for (*n = 0; *n < live.rows.n; (*n)++)
        (*ids)[*n] = live.rows.at[*n].id;
    return OK;
}

/* `missed`: a job that ended meanwhile has begun another. */
static fallible end_live(struct ctx *cx, const char *id, struct jobs *ended, bool *missed)
{
    const char **ids;
    size_t n;

    TRY(live_of(cx, id, &ids, &n));
    TRY(jobs_stop(cx, ids, n, ended, missed));
    if (*missed)
        return OK;
    TRY(live_of(cx, id, &ids, &n));
    *missed = n > 0;
    return OK;
}

static fallible end_all(struct ctx *cx, const char *id, struct jobs *ended)
{
    bool missed;

    for (int i = 0; i < CANCEL_TRIES; i++) {
        TRY(pg_begin(cx));
        err_t e = end_live(cx, id, ended, &missed);
        if (!e && !missed)
            return pg_commit(cx);
        pg_undo(cx);
        TRY(e);
    }
    return fail(cx, PG_CONFLICT, "list %s goes on faster than it can be cancelled", id);
}

/* What is not done of a list of the caller's. */
HANDLER(playlist_cancel_post, playlist_ref, playlist)
{
    struct jobs ended = { 0 };
    struct job job = { 0 };

    TRY(list_of_caller(cx, in->id, &job));
    TRY(end_all(cx, in->id, &ended));
    for (size_t i = 0; i < ended.jobs.n; i++)
        if (text_is(ended.jobs.at[i].id, ended.jobs.at[i].root))
            job_tell_cancel(cx, ended.jobs.at[i].id);
    return playlist_get.run(cx, in, out);
}
