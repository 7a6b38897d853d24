#include "deepgram_reply.h"

#include "data/json.h"
#include "heard.h"
#include "prices.h"

struct dg_word        { const char *word, *punctuated_word; double start, end, confidence; int speaker; };
struct dg_alternative { const char *transcript; double confidence; LIST_OF(struct dg_word) words; };
struct dg_channel     { const char *detected_language; LIST_OF(struct dg_alternative) alternatives; };
struct dg_utterance   { const char *transcript; double start, end; int speaker; };
struct dg_results     { LIST_OF(struct dg_channel) channels; LIST_OF(struct dg_utterance) utterances; };
struct dg_metadata    { double duration; };
struct dg_reply       { struct dg_metadata metadata; struct dg_results results; };

extern const struct shape dg_word_shape, dg_alternative_shape, dg_channel_shape, dg_utterance_shape, dg_results_shape, dg_metadata_shape,
    dg_reply_shape;

FOREIGN(dg_word, "A word of Deepgram.",
    FIELD(dg_word, word,            "In lower case, without punctuation."),
    FIELD(dg_word, punctuated_word, "As it is written."),
    FIELD(dg_word, start,           "Seconds."),
    FIELD(dg_word, end,             "Seconds."),
    FIELD(dg_word, confidence,      "0 to 1."),
    FIELD(dg_word, speaker,         "From 0, when speakers were asked for."));

FOREIGN(dg_alternative, "What a channel may have said.",
    FIELD(dg_alternative, transcript, "All of it.", .need = true, .max = 16 << 20),
    FIELD(dg_alternative, confidence, "Over all of it."),
    LIST(dg_alternative, words,       "In time order.", dg_word, .max = 500000));

FOREIGN(dg_channel, "A channel of the recording.",
    FIELD(dg_channel, detected_language, "When it was to be detected.", .max = 35),
    LIST(dg_channel, alternatives,       "The likeliest first.", dg_alternative, .need = true));

FOREIGN(dg_utterance, "What is said without a pause.",
    FIELD(dg_utterance, transcript, "What was said."),
    FIELD(dg_utterance, start,      "Seconds."),
    FIELD(dg_utterance, end,        "Seconds."),
    FIELD(dg_utterance, speaker,    "From 0, when speakers were asked for."));

FOREIGN(dg_results, "What Deepgram heard.",
    LIST(dg_results, channels,   "Ours have one.", dg_channel, .need = true),
    LIST(dg_results, utterances, "Stretches of speech.", dg_utterance, .max = 100000));

FOREIGN(dg_metadata, "About the recording.",
    FIELD(dg_metadata, duration, "Seconds, which are paid for."));

FOREIGN(dg_reply, "An answer of Deepgram.",
    OBJECT(dg_reply, metadata, "About the recording.", dg_metadata),
    OBJECT(dg_reply, results,  "What it heard.", dg_results, .need = true));

static double sure(double confidence) { return confidence > 0 && confidence <= 1 ? confidence : REAL_NONE; }
static const char *speaker(struct ctx *cx, bool diarize, int n) { return diarize ? heard_speaker(cx, n) : NULL; }

static void words_take(struct ctx *cx, const struct dg_alternative *a, double duration_s, bool diarize, struct transcript *out)
{
    out->words.at = NEWS(cx, struct word, a->words.n);
    for (size_t i = 0; i < a->words.n; i++) {
        const struct dg_word *w = &a->words.at[i];
        struct word word = { w->punctuated_word ? w->punctuated_word : w->word, w->start, w->end, sure(w->confidence), speaker(cx, diarize, w->speaker) };
        if (heard_word(cx, out, word, duration_s))
            continue;
        out->words.n = 0;
        return;
    }
}

static void utterances_take(struct ctx *cx, const struct dg_results *r, double duration_s, bool diarize, struct transcript *out)
{
    out->segments.at = NEWS(cx, struct segment, r->utterances.n);
    for (size_t i = 0; i < r->utterances.n; i++) {
        const struct dg_utterance *u = &r->utterances.at[i];
        if (u->transcript && *u->transcript && heard_is_time(u->start, u->end, duration_s))
            out->segments.at[out->segments.n++] = (struct segment){ u->transcript, u->start, u->end, speaker(cx, diarize, u->speaker) };
    }
}

fallible deepgram_reply_read(struct ctx *cx, struct bytes body, double duration_s, const char *model, bool diarize, struct transcript *out)
{
    struct dg_reply r = { .metadata = { 0 } };

    err_t e = json_read(cx, body.at, body.n, &dg_reply_shape, &r);
    if (e || !r.results.channels.n || !r.results.channels.at->alternatives.n)
        return fail(cx, ENGINE_BROKEN, "deepgram: the answer cannot be read: %s", e ? e->text : "it has no channel");
    const struct dg_channel *channel = r.results.channels.at;
    const struct dg_alternative *best = channel->alternatives.at;
    *out = (struct transcript){ .text = best->transcript, .language = channel->detected_language, .model = model, .confidence = sure(best->confidence) };
    out->cost_micro = price_of(model, r.metadata.duration > 0 ? r.metadata.duration : duration_s, diarize);
    words_take(cx, best, duration_s, diarize, out);
    if (out->words.n)
        heard_segments(cx, out);
    else
        utterances_take(cx, &r.results, duration_s, diarize, out);
    heard_as_one(cx, out, duration_s);
    heard_speakers(out);
    return OK;
}
