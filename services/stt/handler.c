#include "handler.h"
#include "app/breaker.h"

#include "app/worker.h"
#include "base/clock.h"
#include "checkpoint.h"
#include "config.h"
#include "data/json.h"
#include "explain.h"
#include "heard.h"
#include "joined.h"

#include <string.h>

#define LAST_PERCENT 99         /* the finish of the job makes it 100 */
#define LAST_MS      5000       /* to take leave of a provider */

/* Everything one attempt needs while it goes through a recording. `paid`: the provider may have been, for what is not heard yet. */
struct task { const struct stt_transcribe *in; struct recording sound; struct pieces pieces; size_t heard; bool whole, paid; };

static fallible sound_read(struct ctx *cx, const struct task *t, const struct piece *p, struct hearing *h)
{
    size_t n = (size_t)(p->to - p->from);
    int16_t *samples = NEWS(cx, int16_t, n);

    TRY(recording_read(cx, &t->sound, p->from, n, samples));
    h->sound = (struct sound){ samples, n };
    return OK;
}

/* What the provider keeps of us goes once it is kept here, or not wanted any more. That it could not be asked is no failure of
 * ours, and not worth a long wait. */
static void forget(struct ctx *cx, const struct engine *by, const struct hearing *h)
{
    struct ctx brief = *cx;

    brief.deadline_ms = clock_ms() + clock_left_ms(cx, LAST_MS);
    err_t e = by->forget && h->held ? by->forget(&brief, h) : OK;
    if (e)
        explain(cx, by->name, "still keeps the recording", e->text);
}

/* A stop may mean that another worker goes on: only the job itself knows that it was cancelled. */
static void forget_cancelled(struct ctx *cx, const struct engine *by, const struct hearing *h)
{
    struct ctx last = *cx;
    struct job job = { 0 };
    bool found = false;

    last.stop = NULL;
    last.deadline_ms = clock_ms() + LAST_MS;
    if (cx->job && h->held && !job_find(&last, cx->job->id, &job, &found) && found && text_is(job.state, "cancelled"))
        forget(&last, by, h);
}

static fallible piece_hear(struct ctx *cx, const struct engine *by, struct task *t, const struct piece *p, struct transcript *heard)
{
    struct hearing h = { .whole = t->whole ? &t->sound : NULL, .language = t->in->language, .prompt = t->in->prompt, .source = t->in->source,
                         .diarize = t->in->diarize && by->tells_speakers, .name = checkpoint_name(cx, by, p) };
    struct effect e;

    TRY(clock_check(cx));
    TRY(checkpoint_begin(cx, &h, &e, heard));
    if (!e.done) {
        if (!t->whole)
            TRY(sound_read(cx, t, p, &h));
        err_t failed = by->transcribe(cx, &h, heard);
        t->paid = failed && h.paid;
        if (failed && failed->code == E_CANCELLED)
            forget_cancelled(cx, by, &h);
        if (failed)
            return step_failed(cx, &e, failed);
        heard->engine = by->name;
        if (!t->whole)
            heard->confidence = heard_confidence(heard->words.at, heard->words.n);
        TRY(checkpoint_end(cx, &h, &e, heard));
    }
    forget(cx, by, &h);
    return OK;
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

static fallible pieces_hear(struct ctx *cx, const struct engine *by, struct task *t, struct transcript *out)
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
    joined_finish(cx, &all, out);
    if (t->in->diarize && by->tells_speakers && t->pieces.n > 1)
        explain(cx, by->name, "cannot", "speakers are told apart within one request only, and this recording needs several");
    return OK;
}

/* Speakers and context are the same from its start to its end where an engine takes all of it. */
static fallible recording_hear(struct ctx *cx, const struct engine *by, struct task *t, struct transcript *out)
{
    struct piece all = { 0, t->sound.samples, 0 };
    double duration_s = (double)t->sound.samples / RATE_HZ;

    *out = (struct transcript){ 0 };
    t->heard = 0;
    t->whole = by->whole_s >= duration_s || (by->mocks && by->mocks(cx));
    err_t e = t->whole ? piece_hear(cx, by, t, &all, out) : pieces_hear(cx, by, t, out);
    if (t->whole && e && e->code == E_BODY_TOO_LARGE) {
        explain(cx, by->name, "hears pieces", e->text);
        t->whole = false;
        e = pieces_hear(cx, by, t, out);
    }
    TRY(e);
    out->engine = by->name;
    if (!out->mock)
        out->duration_s = duration_s;
    return out->text && *out->text ? OK : fail(cx, SPEECH_ABSENT, "%s heard no words", by->name);
}

/* What is heard or paid so far is worth waiting for: the next attempt goes on behind it. */
static bool worth_waiting(const struct ctx *cx, const struct task *t, err_t e)
{
    return err_retry(e->code) == LATER && (t->heard || t->paid) && cx->job && cx->job->attempt < cx->job->attempts_most;
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

static fallible recording_plan(struct ctx *cx, const char *file, struct task *t)
{
    TRY(recording_open(cx, file, &t->sound));
    if (t->sound.samples > stt_settings(cx)->stt_max_minutes * INT64_C(60) * RATE_HZ)
        return fail(cx, MEDIA_TOO_LONG, "the recording is longer than %d minutes", stt_settings(cx)->stt_max_minutes);
    return pieces_plan(cx, &t->sound, &t->pieces);
}

/* Transcribe a recording, at once or piece by piece, with the first engine that can.
 * Retried: ENGINE_BUSY, ENGINE_DOWN, ENGINE_BROKEN, TIMEOUT, BLOB_DOWN, PG_DOWN; it goes on where it was.
 * Final: INPUT_INVALID, MEDIA_UNREADABLE, MEDIA_TOO_LONG, SPEECH_ABSENT, LANGUAGE_REFUSED, ENGINE_REFUSED, ENGINE_DISABLED. */
HANDLER(transcribe, stt_transcribe, transcript)
{
    struct task task = { .in = in };
    struct engines able;

    job_begins(cx, in->transcription);
    TRY(engines_choose(cx, in, &able));
    if (in->file)
        TRY(recording_plan(cx, in->file, &task));
    TRY(engines_hear(cx, &able, &task, out));
    transcript_tell(cx, out);
    return OK;
}
