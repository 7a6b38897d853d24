#include "joined.h"
#include "echo.h"
#include "heard.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX       (16u << 20)
#define SAME_WITHIN_S  0.3          /* two hearings of one word differ by less */
#define EDGE_S         1.5          /* half of what is heard twice around a border */

struct joined joined_new(struct ctx *cx, bool bare)
{
    return (struct joined){ .arena = cx->arena, .bare = bare, .text = text_new(cx->arena, 1024, TEXT_MAX) };
}

/* Room for one more of `n` things of `size` bytes. */
static void *grown(struct arena *a, void *at, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return at;
    *room = *room ? *room * 2 : 64;
    void *more = arena_gets(a, *room, size);
    if (n)
        memcpy(more, at, n * size);
    return more;
}

static const char *kept(const struct joined *j, const char *text) { return text ? arena_text(j->arena, text, strlen(text)) : NULL; }

/* Sums of times are told to the millisecond. */
static double ms_of(double s) { return nearbyint(s * 1000) / 1000; }

static void word_add(struct joined *j, struct word w)
{
    double before = j->words_n ? j->words[j->words_n - 1].start : 0;

    w.start = ms_of(w.start), w.end = ms_of(w.end);
    if (w.start < before)
        w.start = before;
    if (w.end < w.start)
        w.end = w.start;
    w.word = kept(j, w.word);
    w.speaker = kept(j, w.speaker);
    j->words = grown(j->arena, j->words, j->words_n, &j->words_room, sizeof(*j->words));
    j->words[j->words_n++] = w;
}

static void segment_add(struct joined *j, struct segment s)
{
    s.start = ms_of(s.start), s.end = ms_of(s.end);
    j->segments = grown(j->arena, j->segments, j->segments_n, &j->segments_room, sizeof(*j->segments));
    j->segments[j->segments_n++] = s;
}

static double middle(const struct word *w) { return (w->start + w->end) / 2; }

/* Where two hearings of the same stretch agree, nearest to the border: words up to *keep stay, the new
 * piece goes on at its word *from. */
static bool splice_find(const struct joined *j, double border, const struct transcript *heard, double offset,
                        size_t *keep, size_t *from)
{
    double nearest = EDGE_S;

    for (size_t i = j->words_n; i-- > 0 && middle(&j->words[i]) > border - EDGE_S;)
        for (size_t k = 0; k < heard->words.n; k++) {
            const struct word *w = &heard->words.at[k];
            double away = fabs(middle(w) + offset - border);
            if (away >= nearest || fabs(middle(w) + offset - middle(&j->words[i])) > SAME_WITHIN_S ||
                strcasecmp(w->word, j->words[i].word))
                continue;
            nearest = away;
            *keep = i + 1;
            *from = k + 1;
        }
    return nearest < EDGE_S;
}

/* The hearings agree on no word: each is believed on its side of the border. A word that the new piece
 * has before it is kept when the old one has nothing there. */
static void splice_at(const struct joined *j, double border, const struct transcript *heard, double offset,
                      size_t *keep, size_t *from)
{
    while (*keep && middle(&j->words[*keep - 1]) >= border)
        --*keep;
    while (*from < heard->words.n && middle(&heard->words.at[*from]) + offset < border)
        ++*from;
    double end = *keep ? j->words[*keep - 1].end : 0;
    if (*from && heard->words.at[*from - 1].start + offset >= end - 0.05)
        --*from;
}

static void words_join(struct joined *j, const struct piece *p, const struct transcript *heard)
{
    double offset = (double)p->from / RATE_HZ, border = (double)p->border / RATE_HZ;
    size_t keep = j->words_n, from = 0;

    if (p->border > p->from && !splice_find(j, border, heard, offset, &keep, &from))
        splice_at(j, border, heard, offset, &keep, &from);
    j->words_n = keep;
    for (size_t i = from; i < heard->words.n; i++) {
        struct word w = heard->words.at[i];
        w.start += offset;
        w.end += offset;
        word_add(j, w);
    }
}

/* --- texts that are more than their words: punctuation, capitals --- */

static void torn_drop(struct joined *j)
{
    struct segment *last = j->segments_n ? &j->segments[j->segments_n - 1] : NULL;

    j->text.n = echo_but_last((struct bytes){ j->text.at, j->text.n });
    j->text.at[j->text.n] = '\0';
    if (last)
        last->text = arena_text(j->arena, last->text, echo_but_last(echo_trim(last->text)));
}

static void segments_join(struct joined *j, const struct piece *p, const struct transcript *heard, size_t echo)
{
    struct segment whole = { .text = heard->text, .end = (double)(p->to - p->from) / RATE_HZ };
    const struct segment *at = heard->segments.n ? heard->segments.at : &whole;
    double offset = (double)p->from / RATE_HZ, before = j->segments_n ? j->segments[j->segments_n - 1].end : 0;

    for (size_t i = 0; i < (heard->segments.n ? heard->segments.n : 1); i++) {
        struct bytes said = echo_skip(echo_trim(at[i].text), &echo);
        if (!said.n)
            continue;
        double start = fmax(at[i].start + offset, before), end = fmax(at[i].end + offset, start);
        segment_add(j, (struct segment){ arena_text(j->arena, said.at, said.n), start, end, kept(j, at[i].speaker) });
        before = start;
    }
}

static void text_join(struct joined *j, const struct piece *p, const struct transcript *heard)
{
    struct bytes more = echo_trim(heard->text);
    size_t echo = 0;
    bool torn = false;

    if (p->border > p->from && j->text.n)
        echo = echo_words((struct bytes){ j->text.at, j->text.n }, more, &torn);
    if (torn)
        torn_drop(j);
    segments_join(j, p, heard, echo);
    more = echo_skip(more, &echo);
    if (j->text.n && more.n)
        text_char(&j->text, ' ');
    text_add(&j->text, more.at, more.n);
}

void joined_add(struct joined *j, const struct piece *p, const struct transcript *heard)
{
    j->pieces++;
    words_join(j, p, heard);
    if (!j->bare)
        text_join(j, p, heard);
    if (heard->language)
        j->language = kept(j, heard->language);
    if (heard->model)
        j->model = kept(j, heard->model);
    if (heard->cost_micro == LONG_NONE)
        j->cost_micro = LONG_NONE;
    else if (j->cost_micro != LONG_NONE)
        j->cost_micro += heard->cost_micro;
}

/* What is said in one piece by "A" may be said in the next by somebody else: labels hold within a piece only. */
static void speakers_drop(struct joined *j)
{
    for (size_t i = 0; i < j->words_n; i++)
        j->words[i].speaker = NULL;
    for (size_t i = 0; i < j->segments_n; i++)
        j->segments[i].speaker = NULL;
}

static void text_of_words(struct joined *j)
{
    for (size_t i = 0; i < j->words_n; i++)
        text_fmt(&j->text, "%s%s", i ? " " : "", j->words[i].word);
}

void joined_finish(struct ctx *cx, struct joined *j, struct transcript *out)
{
    if (j->pieces > 1)
        speakers_drop(j);
    if (j->bare)
        text_of_words(j);
    *out = (struct transcript){ .text = j->text.at, .language = j->language, .model = j->model, .cost_micro = j->cost_micro,
                                .words = { j->words, j->words_n }, .segments = { j->segments, j->segments_n } };
    if (j->bare)
        heard_segments(cx, out);
    out->confidence = heard_confidence(j->words, j->words_n);
    heard_speakers(out);
}
