#include "heard.h"
#include "echo.h"

#include <math.h>
#include <string.h>

#define TEXT_MAX        (16u << 20)
#define SEGMENT_PAUSE_S 0.6
#define SEGMENT_MAX_S   20
#define SENTENCE_MIN_S  3           /* shorter sentences stay with the next */
#define SPEAKERS_MOST   64
#define TERM_WORDS      6

/* --- words --- */

bool heard_is_time(double start, double end, double duration_s)
{
    return start >= 0 && end >= start && end <= duration_s + HEARD_LATE_S;
}

bool heard_word(struct ctx *cx, struct transcript *t, struct word w, double duration_s)
{
    struct bytes said = echo_trim(w.word);
    double before = t->words.n ? t->words.at[t->words.n - 1].start : 0;

    if (!heard_is_time(w.start, w.end, duration_s))
        return false;
    if (!said.n)
        return true;
    w.word = arena_text(cx->arena, said.at, said.n);
    w.start = fmax(w.start, before);
    w.end = fmax(w.end, w.start);
    t->words.at[t->words.n++] = w;
    return true;
}

double heard_confidence(const struct word *at, size_t n)
{
    double sum = 0;
    size_t sure = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(at[i].confidence)) {
            sum += at[i].confidence;
            sure++;
        }
    return sure ? sum / (double)sure : REAL_NONE;
}

/* --- segments --- */

static bool ends_sentence(const char *word)
{
    size_t n = strlen(word);

    return n && (strchr(".!?", word[n - 1]) || (n >= 3 && (!strcmp(word + n - 3, "…") || !strcmp(word + n - 3, "。"))));
}

static bool begins_segment(const struct word *first, const struct word *last, const struct word *next)
{
    return next->start - last->end >= SEGMENT_PAUSE_S || next->end - first->start >= SEGMENT_MAX_S || !text_is(next->speaker, last->speaker) ||
           (ends_sentence(last->word) && last->end - first->start >= SENTENCE_MIN_S);
}

/* A word's place in the text behind *at; NULL: another stands there. */
static const char *place_of(const char **at, const char *word)
{
    const char *from = *at + strspn(*at, " \t\r\n");

    if (!text_starts(from, word))
        return NULL;
    *at = from + strlen(word);
    return from;
}

static const char *spaced(struct ctx *cx, const struct word *at, size_t n)
{
    struct text said = text_new(cx->arena, 64, TEXT_MAX);

    for (size_t i = 0; i < n; i++)
        text_fmt(&said, "%s%s", i ? " " : "", at[i].word);
    return said.at;
}

/* Spaces are the text's own, since not every language has them between words. */
static const char *segment_text(struct ctx *cx, const char **at, const struct word *words, size_t n)
{
    const char *from = NULL, *place = *at;

    for (size_t i = 0; i < n; i++) {
        const char *found = place_of(&place, words[i].word);
        if (!found)
            return spaced(cx, words, n);
        from = i ? from : found;
    }
    *at = place;
    return arena_text(cx->arena, from, (size_t)(place - from));
}

void heard_segments(struct ctx *cx, struct transcript *t)
{
    const struct word *w = t->words.at;
    const char *at = t->text;
    size_t from = 0;

    t->segments.at = NEWS(cx, struct segment, t->words.n);
    t->segments.n = 0;
    for (size_t i = 1; i <= t->words.n; i++) {
        if (i < t->words.n && !begins_segment(&w[from], &w[i - 1], &w[i]))
            continue;
        t->segments.at[t->segments.n++] = (struct segment){ segment_text(cx, &at, w + from, i - from), w[from].start, w[i - 1].end, w[from].speaker };
        from = i;
    }
}

void heard_as_one(struct ctx *cx, struct transcript *t, double duration_s)
{
    if (t->segments.n || !t->text || !*t->text)
        return;
    t->segments.at = NEW(cx, struct segment);
    t->segments.at[t->segments.n++] = (struct segment){ .text = t->text, .end = duration_s };
}

/* --- speakers --- */

const char *heard_speaker(struct ctx *cx, int n)
{
    char name[8] = "";
    size_t at = sizeof(name) - 1;

    for (int64_t left = (int64_t)(n < 0 ? 0 : n) + 1; left > 0 && at; left = (left - 1) / 26)
        name[--at] = (char)('A' + (left - 1) % 26);
    return arena_text(cx->arena, name + at, sizeof(name) - 1 - at);
}

struct crowd { const char *names[SPEAKERS_MOST]; int n; };

static void meet(struct crowd *c, const char *name)
{
    for (int i = 0; i < c->n; i++)
        if (text_is(c->names[i], name))
            return;
    if (name && c->n < SPEAKERS_MOST)
        c->names[c->n++] = name;
}

void heard_speakers(struct transcript *t)
{
    struct crowd crowd = { .n = 0 };

    for (size_t i = 0; i < t->words.n; i++)
        meet(&crowd, t->words.at[i].speaker);
    for (size_t i = 0; !t->words.n && i < t->segments.n; i++)
        meet(&crowd, t->segments.at[i].speaker);
    t->speakers = crowd.n;
}

/* --- terms --- */

static size_t words_in(struct bytes term)
{
    size_t n = 0;

    for (size_t i = 0; i < term.n; i++)
        n += term.at[i] != ' ' && (!i || term.at[i - 1] == ' ');
    return n;
}

struct texts heard_terms(struct ctx *cx, const char *prompt, size_t most)
{
    struct texts out = { NEWS(cx, const char *, most), 0 };

    for (const char *at = prompt ? prompt : ""; *at && out.n < most;) {
        size_t len = strcspn(at, ",;\r\n");
        struct bytes term = echo_trim(arena_text(cx->arena, at, len));
        if (term.n && words_in(term) <= TERM_WORDS)
            out.at[out.n++] = arena_text(cx->arena, term.at, term.n);
        at += len + (at[len] != '\0');
    }
    return out;
}
