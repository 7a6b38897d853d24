#include "openai_reply.h"

#include "data/json.h"
#include "echo.h"
#include "heard.h"
#include "language.h"

struct reply_word    { const char *word, *text; double start, end, probability; };
struct reply_segment { const char *text; double start, end; LIST_OF(struct reply_word) words; };
struct reply {
    const char *text, *language;
    LIST_OF(struct reply_word)    words;
    LIST_OF(struct reply_segment) segments;
};

extern const struct shape reply_word_shape, reply_segment_shape, reply_shape;

FOREIGN(reply_word, "A word; its text stands under one of two names.",
    FIELD(reply_word, word,        "whisper"),
    FIELD(reply_word, text,        "LocalAI"),
    FIELD(reply_word, start,       "Seconds."),
    FIELD(reply_word, end,         "Seconds."),
    FIELD(reply_word, probability, "whisper.cpp only."));

FOREIGN(reply_segment, "A stretch of speech.",
    FIELD(reply_segment, text,  "What was said."),
    FIELD(reply_segment, start, "Seconds."),
    FIELD(reply_segment, end,   "Seconds."),
    LIST(reply_segment, words,  "whisper.cpp puts them here.", reply_word));

FOREIGN(reply, "An OpenAI-compatible transcription.",
    FIELD(reply, text,     "All of it.", .need = true, .max = 1 << 20),
    FIELD(reply, language, "By name or by code."),
    LIST(reply, words,     "OpenAI puts them here.", reply_word),
    LIST(reply, segments,  "Stretches of speech.", reply_segment));

static const char *text_trimmed(struct ctx *cx, const char *text)
{
    struct bytes b = echo_trim(text);

    return arena_text(cx->arena, b.at, b.n);
}

/* Words with times in another unit would all be wrong: then there are none. */
static void words_take(struct ctx *cx, const struct reply_word *at, size_t n, double duration_s, struct transcript *out)
{
    const size_t before = out->words.n;

    for (size_t i = 0; i < n; i++) {
        bool sure = at[i].probability > 0 && at[i].probability <= 1;
        struct word w = { at[i].word ? at[i].word : at[i].text, at[i].start, at[i].end, sure ? at[i].probability : REAL_NONE, NULL };
        if (heard_word(cx, out, w, duration_s))
            continue;
        out->words.n = before;
        return;
    }
}

static void segments_take(struct ctx *cx, const struct reply *r, double duration_s, struct transcript *out)
{
    size_t taken = 0;

    out->segments.at = NEWS(cx, struct segment, r->segments.n);
    for (size_t i = 0; i < r->segments.n; i++) {
        const struct reply_segment *s = &r->segments.at[i];
        const char *text = text_trimmed(cx, s->text);
        if (!heard_is_time(s->start, s->end, duration_s))
            return;
        if (*text)
            out->segments.at[taken++] = (struct segment){ text, s->start, s->end, NULL };
    }
    out->segments.n = taken;
}

fallible openai_reply_read(struct ctx *cx, struct bytes body, double duration_s, struct transcript *out)
{
    struct reply r = { 0 };
    size_t n;

    err_t e = json_read(cx, body.at, body.n, &reply_shape, &r);
    if (e)
        return fail(cx, ENGINE_BROKEN, "openai: the transcription cannot be read: %s", e->text);
    out->text = text_trimmed(cx, r.text);
    out->language = language_code(r.language);
    n = r.words.n;
    for (size_t i = 0; i < r.segments.n; i++)
        n += r.segments.at[i].words.n;
    out->words.at = NEWS(cx, struct word, n);
    words_take(cx, r.words.at, r.words.n, duration_s, out);
    for (size_t i = 0; !r.words.n && i < r.segments.n; i++)
        words_take(cx, r.segments.at[i].words.at, r.segments.at[i].words.n, duration_s, out);
    segments_take(cx, &r, duration_s, out);
    return OK;
}
