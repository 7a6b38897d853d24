#include "handler.h"
#include "app/breaker.h"

#include "app/worker.h"
#include "base/clock.h"
#include "checkpoint.h"
#include "config.h"
#include "data/json.h"
#include "explain.h"
#include "joined.h"

#include <string.h>

#define LAST_PERCENT 99         /* the finish of the job makes it 100 */

/* Everything one attempt needs while it goes through a recording. */
struct task { const struct stt_transcribe *in; struct recording sound; struct pieces pieces; size_t heard; };

static fallible piece_hear(struct ctx *cx, const struct engine *by, const struct task *t, const struct piece *p,
                           struct transcript *heard)
{
    size_t n = (size_t)(p->to - p->from);
    struct hearing h = { .language = t->in->language, .prompt = t->in->prompt };
    struct effect e;

    TRY(clock_check(cx));
    TRY(checkpoint_begin(cx, by, p, &e, heard));
    if (e.done)
        return OK;
    int16_t *samples = NEWS(cx, int16_t, n);
    TRY(recording_read(cx, &t->sound, p->from, n, samples));
    h.sound = (struct sound){ samples, n };
    h.key = e.key;
    err_t failed = by->transcribe(cx, &h, heard);
    if (failed)
        return checkpoint_failed(cx, &e, failed);
    heard->engine = by->name;
    heard->confidence = joined_confidence(heard->words.at, heard->words.n);
    return checkpoint_end(cx, &e, heard);
}

static void progress_tell(struct ctx *cx, const struct task *t, const struct transcript *heard)
{
    int percent = (int)(t->heard * LAST_PERCENT / t->pieces.n);
    struct text event = text_new(cx->arena, 1024, EVENT_MAX_BYTES);

    if (!cx->job)
        return;
    job_progress(cx, percent);
    text_fmt(&event, "{\"piece\":%zu,\"pieces\":%zu,\"text\":", t->heard, t->pieces.n);
    text_json(&event, heard->text ? heard->text : "", heard->text ? strlen(heard->text) : 0);
    text_char(&event, '}');
    if (!event.full)
        job_event(cx, "transcript.piece", event.at);
}

/* An error that outlives the arena it was made in. */
static err_t error_keep(struct ctx *cx, err_t e)
{
    if (!e)
        return OK;
    err_t kept = err_new(cx, e->code, e->where, "%s", e->text);
    kept->retry_after_ms = e->retry_after_ms;
    return kept;
}

static fallible recording_hear(struct ctx *cx, const struct engine *by, struct task *t, struct transcript *out)
{
    struct joined all = joined_new(cx, by->bare_words);

    for (t->heard = 0; t->heard < t->pieces.n;) {
        const struct piece *p = &t->pieces.at[t->heard];
        struct transcript heard = { 0 };
        struct ctx part = *cx;

        part.arena = arena_new();
        err_t e = error_keep(cx, piece_hear(&part, by, t, p, &heard));
        if (!e) {
            joined_add(&all, p, &heard);
            t->heard++;
            progress_tell(&part, t, &heard);
        }
        arena_free(part.arena);
        TRY(e);
    }
    joined_finish(&all, out);
    out->engine = by->name;
    out->duration_s = (double)t->sound.samples / RATE_HZ;
    return out->text && *out->text ? OK : fail(cx, SPEECH_ABSENT, "%s heard no words", by->name);
}

/* What is heard so far is worth waiting for: the next attempt goes on behind it. */
static bool worth_waiting(const struct ctx *cx, const struct task *t, err_t e)
{
    return err_retry(e->code) == LATER && t->heard && cx->job && cx->job->attempt < cx->job->attempts_most;
}

/* Every engine that can, in the declared order, until one has heard all of it. */
static fallible engines_hear(struct ctx *cx, const struct engines *able, struct task *t, struct transcript *out)
{
    err_t e = OK;

    for (size_t i = 0; i < able->n; i++) {
        e = recording_hear(cx, able->at[i], t, out);
        if (!e) {
            explain(cx, out->engine, "taken", i ? "those before it failed" : "first in the declared order");
            return OK;
        }
        explain(cx, able->at[i]->name, "failed", e->text);
        if (!engine_at_fault(e) || worth_waiting(cx, t, e))
            return e;
    }
    return e;
}

static void transcript_tell(struct ctx *cx, const struct transcript *out)
{
    struct text event = text_new(cx->arena, 4096, EVENT_MAX_BYTES - 64);
    size_t n = strlen(out->text), most = EVENT_MAX_BYTES / 8;

    if (!cx->job)
        return;
    text_put(&event, "{\"text\":");
    text_json(&event, out->text, n > most ? text_utf8_cut(out->text, most) : n);
    text_fmt(&event, ",\"cut\":%s,\"language\":\"%s\",\"engine\":\"%s\",\"words\":%zu,\"duration_s\":", n > most ? "true" : "false",
             out->language ? out->language : "", out->engine, out->words.n);
    text_real(&event, out->duration_s);
    text_char(&event, '}');
    job_event(cx, "transcript", event.at);
}

/* Transcribe a recording piece by piece with the first engine that can.
 * Retried: ENGINE_BUSY, ENGINE_DOWN, ENGINE_BROKEN, TIMEOUT, BLOB_DOWN, PG_DOWN; it goes on where it was.
 * Final: MEDIA_UNREADABLE, MEDIA_TOO_LONG, SPEECH_ABSENT, LANGUAGE_REFUSED, ENGINE_REFUSED, ENGINE_DISABLED. */
HANDLER(transcribe, stt_transcribe, transcript)
{
    struct task task = { .in = in };
    struct engines able;

    TRY(engines_choose(cx, in, &able));
    TRY(recording_open(cx, in->file, &task.sound));
    if (task.sound.samples > stt_settings(cx)->stt_max_minutes * INT64_C(60) * RATE_HZ)
        return fail(cx, MEDIA_TOO_LONG, "the recording is longer than %d minutes", stt_settings(cx)->stt_max_minutes);
    TRY(pieces_plan(cx, &task.sound, &task.pieces));
    TRY(engines_hear(cx, &able, &task, out));
    transcript_tell(cx, out);
    return OK;
}
