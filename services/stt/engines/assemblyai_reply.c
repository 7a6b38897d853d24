#define _GNU_SOURCE
#include "assemblyai_reply.h"

#include "data/json.h"
#include "heard.h"
#include "prices.h"

#include <ctype.h>
#include <string.h>

struct aai_word      { const char *text, *speaker; int64_t start, end; double confidence; };
struct aai_utterance { const char *text, *speaker; int64_t start, end; };
struct aai_reply {
    const char *text, *language_code, *speech_model_used;
    double confidence, audio_duration;
    LIST_OF(struct aai_word)      words;
    LIST_OF(struct aai_utterance) utterances;
};
struct aai_state { const char *status, *error; };
struct aai_item  { const char *id, *status, *audio_url; };
struct aai_list  { LIST_OF(struct aai_item) transcripts; };

extern const struct shape aai_word_shape, aai_utterance_shape, aai_reply_shape, aai_state_shape, aai_item_shape, aai_list_shape;

FOREIGN(aai_word, "A word of AssemblyAI.",
    FIELD(aai_word, text,       "With its punctuation."),
    FIELD(aai_word, speaker,    "A letter; null when not asked for.", .max = 64),
    FIELD(aai_word, start,      "Milliseconds."),
    FIELD(aai_word, end,        "Milliseconds."),
    FIELD(aai_word, confidence, "0 to 1."));

FOREIGN(aai_utterance, "What one speaker says without a break.",
    FIELD(aai_utterance, text,    "What was said."),
    FIELD(aai_utterance, speaker, "A letter.", .max = 64),
    FIELD(aai_utterance, start,   "Milliseconds."),
    FIELD(aai_utterance, end,     "Milliseconds."));

FOREIGN(aai_reply, "A transcript of AssemblyAI.",
    FIELD(aai_reply, text,              "All of it; null when nothing was said.", .max = 16 << 20),
    FIELD(aai_reply, language_code,     "fr, en_us ...", .max = 35),
    FIELD(aai_reply, speech_model_used, "The one of those asked for that heard it.", .max = 120),
    FIELD(aai_reply, confidence,        "Over all words."),
    FIELD(aai_reply, audio_duration,    "Seconds, which are paid for."),
    LIST(aai_reply, words,              "Null when nothing was said.", aai_word, .max = 500000),
    LIST(aai_reply, utterances,         "Null unless speakers were asked for.", aai_utterance, .max = 100000));

FOREIGN(aai_state, "Where a transcript of AssemblyAI stands.",
    FIELD(aai_state, status, "queued, processing, completed or error.", .need = true),
    FIELD(aai_state, error,  "Why it failed."));

FOREIGN(aai_item, "A line of AssemblyAI's list.",
    FIELD(aai_item, id,        "Of the transcript.", .need = true, .min = 1, .max = 100),
    FIELD(aai_item, status,    "Where it stands."),
    FIELD(aai_item, audio_url, "What it was made of."));

FOREIGN(aai_list, "Transcripts of AssemblyAI, newest first.",
    LIST(aai_list, transcripts, "A page of them.", aai_item, .need = true));

static fallible broken(struct ctx *cx, err_t e)
{
    return e ? fail(cx, ENGINE_BROKEN, "assemblyai: the answer cannot be read: %s", e->text) : OK;
}

/* --- where it stands --- */

/* Texts of errors that no further try would change. */
static const char *const hopeless[] = {
    "Download error", "does not appear to contain audio", "duration is too short", "File type", "not supported", "not available", "Deleted",
};

static bool says(const char *why, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasestr(why, texts[i]))
            return true;
    return false;
}

static bool is_silence(const char *why) { return strcasestr(why, "no spoken audio") != NULL; }

err_t assemblyai_failed(struct ctx *cx, const char *why)
{
    if (is_silence(why))
        return fail(cx, SPEECH_ABSENT, "assemblyai heard no words");
    return fail(cx, ENGINE_REFUSED, "assemblyai gave up: %.300s", why);
}

fallible assemblyai_state_read(struct ctx *cx, struct bytes body, enum assemblyai_state *state, const char **why)
{
    struct aai_state s = { 0 };

    TRY(broken(cx, json_read(cx, body.at, body.n, &aai_state_shape, &s)));
    *why = s.error ? s.error : "it does not say why";
    if (text_is(s.status, "completed"))
        *state = AAI_DONE;
    else if (text_is(s.status, "error"))
        *state = is_silence(*why) || says(*why, hopeless, COUNT(hopeless)) ? AAI_FAILED : AAI_AGAIN;
    else
        *state = AAI_WAITS;
    return OK;
}

fallible assemblyai_list_find(struct ctx *cx, struct bytes body, const char *url, const char **id, const char **last)
{
    struct aai_list list = { .transcripts = { .n = 0 } };

    *id = *last = NULL;
    TRY(broken(cx, json_read(cx, body.at, body.n, &aai_list_shape, &list)));
    for (size_t i = 0; i < list.transcripts.n; i++) {
        const struct aai_item *t = &list.transcripts.at[i];
        *last = t->id;
        if (!*id && text_is(t->audio_url, url) && !text_is(t->status, "error"))
            *id = t->id;
    }
    return OK;
}

/* --- what was heard --- */

/* "en_us" is "en-US" to everybody else. */
static const char *language_tag(struct ctx *cx, const char *code)
{
    char *tag = code && *code ? arena_text(cx->arena, code, strlen(code)) : NULL, *region = tag ? strchr(tag, '_') : NULL;

    if (!region)
        return tag;
    *region = '-';
    while (*++region)
        *region = (char)toupper((unsigned char)*region);
    return tag;
}

static double sure(double confidence) { return confidence > 0 && confidence <= 1 ? confidence : REAL_NONE; }

static void words_take(struct ctx *cx, const struct aai_reply *r, double duration_s, struct transcript *out)
{
    out->words.at = NEWS(cx, struct word, r->words.n);
    for (size_t i = 0; i < r->words.n; i++) {
        const struct aai_word *w = &r->words.at[i];
        struct word word = { w->text, (double)w->start / 1000, (double)w->end / 1000, sure(w->confidence), w->speaker && *w->speaker ? w->speaker : NULL };
        if (heard_word(cx, out, word, duration_s))
            continue;
        out->words.n = 0;
        return;
    }
}

static void utterances_take(struct ctx *cx, const struct aai_reply *r, double duration_s, struct transcript *out)
{
    out->segments.at = NEWS(cx, struct segment, r->utterances.n);
    for (size_t i = 0; i < r->utterances.n; i++) {
        const struct aai_utterance *u = &r->utterances.at[i];
        struct segment s = { u->text, (double)u->start / 1000, (double)u->end / 1000, u->speaker && *u->speaker ? u->speaker : NULL };
        if (s.text && *s.text && heard_is_time(s.start, s.end, duration_s))
            out->segments.at[out->segments.n++] = s;
    }
}

fallible assemblyai_reply_read(struct ctx *cx, struct bytes body, double duration_s, const char *models, struct transcript *out)
{
    struct aai_reply r = { 0 };

    TRY(broken(cx, json_read(cx, body.at, body.n, &aai_reply_shape, &r)));
    *out = (struct transcript){ .text = r.text ? r.text : "", .language = language_tag(cx, r.language_code), .confidence = sure(r.confidence) };
    out->model = r.speech_model_used ? r.speech_model_used : arena_text(cx->arena, models, strcspn(models, ", "));
    out->cost_micro = price_of(out->model, r.audio_duration > 0 ? r.audio_duration : duration_s, false);
    words_take(cx, &r, duration_s, out);
    if (out->words.n)
        heard_segments(cx, out);
    else
        utterances_take(cx, &r, duration_s, out);
    heard_as_one(cx, out, duration_s);
    heard_speakers(out);
    return OK;
}
