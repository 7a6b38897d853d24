/* tts.speak: plain text, engines in their order, sentence after sentence, one encoded file. */
#include "handler.h"
#include "choose.h"
#include "config.h"
#include "plain.h"
#include "sentences.h"
#include "app/worker.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/blob.h"

#include <string.h>
#include <sys/stat.h>

#define PAUSE_MS           200      /* between sentences spoken one by one; engines add a little of their own */
#define PARAGRAPH_PAUSE_MS 500

struct speaking {
    const struct tts_speak *in;
    const char *language, *plain;
    struct choice choice;
    struct sound sound;
    int64_t cost_micro;             /* of all engines that were charged, also of one that failed later */
};

static fallible speak_piece(struct ctx *cx, struct speaking *s, const struct pieces *pieces, size_t i)
{
    const struct piece *piece = &pieces->at[i];
    struct utterance u = { .text = piece->text, .language = s->language, .voice = s->choice.voice,
                           .speed = s->in->speed > 0 ? s->in->speed : 1 };

    TRY(clock_check(cx));
    TRY(engine_speak(cx, s->choice.engine, i, &u, &s->sound, &s->cost_micro));
    if (i + 1 == pieces->n)
        return OK;
    return sound_pause(cx, &s->sound, piece->ends_paragraph ? PARAGRAPH_PAUSE_MS : PAUSE_MS);
}

static void drop_arena(void *arena) { arena_free(arena); }

/* The whole text with one engine, in an arena per piece: a long text needs no more memory than a short one. */
static fallible speak_all(struct ctx *cx, struct speaking *s)
{
    struct pieces pieces;

    pieces_make(cx, s->plain, s->choice.engine->group_chars, &pieces);
    TRY(sound_open(cx, &s->sound));
    for (size_t i = 0; i < pieces.n; i++) {
        struct ctx one = *cx;
        one.arena = arena_new();
        err_t e = speak_piece(&one, s, &pieces, i);
        if (e) {
            arena_own(cx->arena, one.arena, drop_arena);    /* the error lives in it */
            return e;
        }
        arena_free(one.arena);
        job_progress(cx, (int)(95 * (i + 1) / pieces.n));
    }
    return OK;
}

/* The first engine that speaks it all. When none does: an error worth a retry before one that is final. */
static fallible speak_with_any(struct ctx *cx, struct speaking *s, const struct choice *choices, size_t n)
{
    err_t first = OK;

    for (size_t i = 0; i < n; i++) {
        s->choice = choices[i];
        struct tts_verdict v = { choices[i].engine->name, "chosen", NULL, choices[i].voice, s->language };
        err_t e = speak_all(cx, s);
        if (e && !engine_at_fault(e))
            return e;
        if (e) {
            log_event(cx, LOG_WARN, "engine failed", LOG_TEXT("engine", v.engine), LOG_TEXT("error", err_name(e->code)),
                      LOG_TEXT("text", e->text));
            v.verdict = "failed";
            v.why = arena_fmt(cx->arena, "%s: %s", err_name(e->code), err_title(e->code));
            if (!first || (err_retry(first->code) != LATER && err_retry(e->code) == LATER))
                first = e;
        }
        verdict_tell(cx, &v);
        if (!e)
            return OK;
    }
    return first;
}

static fallible store(struct ctx *cx, const struct speaking *s, const struct encoding *to, struct speech *out)
{
    const char *path;
    struct stat st;

    TRY(sound_encode(cx, &s->sound, to, &path));
    if (stat(path, &st))
        return fail(cx, CHILD_FAILED, "ffmpeg left no result");
    out->file = job_made_file(cx, NULL, to->extension);
    out->size = st.st_size;
    return blob_put_file(cx, out->file, path);
}

static fallible check_text(struct ctx *cx, const char *plain)
{
    struct pieces pieces;
    size_t chars = 0;

    pieces_make(cx, plain, 0, &pieces);
    for (size_t i = 0; i < pieces.n; i++)
        chars += pieces.at[i].chars;
    if (!chars)
        return fail(cx, INPUT_INVALID, "There is nothing to say in the text");
    if (chars > (size_t)tts_settings.tts_max_chars)
        return fail(cx, INPUT_INVALID, "The text has %zu characters; at most %lld are spoken", chars, (long long)tts_settings.tts_max_chars);
    return OK;
}

/* Speak a text. Final: INPUT_INVALID, LANGUAGE_REFUSED, ENGINE_REFUSED, ENGINE_DISABLED. */
HANDLER(tts_speak, tts_speak, speech)
{
    struct speaking s = { .in = in, .language = in->language ? in->language : language_guess(in->text) };
    const struct encoding *to = encoding_find(in->format ? in->format : "mp3");
    struct choice choices[ENGINES_MOST];
    size_t n;

    if (!cx->job)
        return fail(cx, BUG, "speech outside a job");
    if (!to)
        return fail(cx, INPUT_INVALID, "no such format: %s", in->format);
    s.plain = plain_text(cx, in->text, s.language);
    TRY(check_text(cx, s.plain));
    TRY(engines_choose(cx, in, s.language, choices, &n));
    TRY(speak_with_any(cx, &s, choices, n));
    TRY(store(cx, &s, to, out));
    job_progress(cx, 100);
    out->type = to->type;
    out->engine = s.choice.engine->name;
    out->voice = s.choice.voice;
    out->duration_s = sound_seconds(&s.sound);
    out->cost_micro = s.cost_micro;
    job_event(cx, "audio", arena_fmt(cx->arena, "{\"type\":\"%s\",\"duration_s\":%.3f,\"size\":%lld}", out->type, out->duration_s, (long long)out->size));
    return OK;
}
