#define _GNU_SOURCE
#include "transcription/search.h"
#include "transcription/fold.h"

#include <string.h>

#define TOLD_USUAL   50
#define AROUND_BYTES 80         /* of what stands before and behind a match */

SHAPE(search_in, "What to look for.",
    FIELD(search_in, id,    "Id of the transcription.", .need = true, .format = &format_uuid),
    FIELD(search_in, q,     "The words; case and accents do not matter.", .need = true, .min = 1, .max = 200),
    FIELD(search_in, limit, "How many matches to tell, 1 to 500; 50 when absent.", .min = 1, .max = 500));

SHAPE(search_match, "Where it is said.",
    FIELD(search_match, segment, "In which segment it begins.", .need = true),
    FIELD(search_match, start,   "Seconds: of its first word, or of the segment when words have no times."),
    FIELD(search_match, end,     "Seconds: of its last word."),
    FIELD(search_match, speaker, "Who says it; null: not told apart.", .nullable = true),
    FIELD(search_match, before,  "What is said before."),
    FIELD(search_match, match,   "How it is said.", .need = true),
    FIELD(search_match, after,   "What is said then."));

SHAPE(search_found, "What was found.",
    FIELD(search_found, revision, "Of the transcript.", .need = true),
    FIELD(search_found, total,    "How often it is said.", .need = true),
    LIST(search_found, matches,   "The first of them.", search_match));

/* Where a segment lies in the text of all, and its words among all. */
struct spot { size_t at, word, words; };
struct searched { const struct transcript_view *t; const char *text; size_t n; struct spot *spots; };

static size_t count_tokens(const char *text, size_t n)
{
    size_t tokens = 0;

    for (size_t i = 0; i < n; i++)
        tokens += !strchr(" \t\r\n", text[i]) && (i + 1 == n || strchr(" \t\r\n", text[i + 1]));
    return tokens;
}

static struct searched join(struct ctx *cx, const struct transcript_view *t)
{
    struct text all = text_new(cx->arena, 4096, TRANSCRIPT_BYTES);
    struct searched s = { .t = t, .spots = NEWS(cx, struct spot, t->segments.n + 1) };
    size_t word = 0;

    for (size_t i = 0; i < t->segments.n; i++) {
        if (i)
            text_char(&all, ' ');
        struct spot *p = &s.spots[i];
        *p = (struct spot){ .at = all.n, .word = word };
        for (; word < t->words.n && (i + 1 == t->segments.n || t->words.at[word].start < t->segments.at[i + 1].start); word++)
            p->words++;
        text_put(&all, t->segments.at[i].text);
    }
    s.text = all.n ? all.at : "", s.n = all.n;
    return s;
}

/* The word that holds byte `at`, where each word of its segment has a time of its own; else NULL. */
static const struct word *word_at(const struct searched *s, size_t segment, size_t at)
{
    const struct spot *p = &s->spots[segment];
    const char *text = s->t->segments.at[segment].text;

    if (!p->words || count_tokens(text, strlen(text)) != p->words)
        return NULL;
    size_t passed = count_tokens(s->text + p->at, at - p->at + 1);
    return &s->t->words.at[p->word + (passed ? passed - 1 : 0)];
}

static size_t segment_at(const struct searched *s, size_t at, size_t from)
{
    while (from + 1 < s->t->segments.n && s->spots[from + 1].at <= at)
        from++;
    return from;
}

static const char *piece(struct ctx *cx, const struct searched *s, size_t from, size_t to) { return arena_text(cx->arena, s->text + from, to - from); }

static struct search_match tell(struct ctx *cx, const struct searched *s, size_t *segment, size_t from, size_t to)
{
    size_t first = segment_at(s, from, *segment), last = segment_at(s, to - 1, first), before = from > AROUND_BYTES ? from - AROUND_BYTES : 0;
    const struct word *begins = word_at(s, first, from), *ends = word_at(s, last, to - 1);
    const struct segment *seg = &s->t->segments.at[first];

    while (before < from && (s->text[before] & 0xc0) == 0x80)
        before++;
    size_t left = s->n - to, after = to + (left > AROUND_BYTES ? text_utf8_cut(s->text + to, AROUND_BYTES) : left);
    *segment = first;
    return (struct search_match){
        .segment = (int)first, .start = begins ? begins->start : seg->start, .end = ends ? ends->end : s->t->segments.at[last].end, .speaker = seg->speaker,
        .before = piece(cx, s, before, from), .match = piece(cx, s, from, to), .after = piece(cx, s, to, after),
    };
}

static struct bytes trimmed(const struct folded *f)
{
    struct bytes b = { f->at, f->n };

    if (b.n && b.at[0] == ' ')
        b.at++, b.n--;
    if (b.n && b.at[b.n - 1] == ' ')
        b.n--;
    return b;
}

void search_transcript(struct ctx *cx, const struct transcript_view *t, const char *q, int most, struct search_found *out)
{
    struct searched s = join(cx, t);
    struct folded hay = fold(cx, s.text, s.n), asked = fold(cx, q, strlen(q));
    struct bytes needle = trimmed(&asked);
    size_t segment = 0;

    out->matches.at = NEWS(cx, struct search_match, (size_t)most);
    for (const char *at = hay.at, *end = hay.at + hay.n; needle.n && (at = memmem(at, (size_t)(end - at), needle.at, needle.n)); at += needle.n) {
        size_t from = (size_t)(at - hay.at), to = from + needle.n;
        while (hay.from[to] == hay.from[to - 1])        /* it ends within a ligature */
            to++;
        if (out->matches.n < (size_t)most)
            out->matches.at[out->matches.n++] = tell(cx, &s, &segment, hay.from[from], hay.from[to]);
        out->total++;
    }
}

HANDLER(transcription_search_get, search_in, search_found)
{
    struct transcript_view t;

    if (!in->q || !in->q[strspn(in->q, " \t\r\n")])
        return fail(cx, INPUT_INVALID, in->q ? "/q is empty" : "/q is missing");
    TRY(transcript_open(cx, in->id, &t));
    out->revision = t.revision;
    search_transcript(cx, &t, in->q, in->limit ? in->limit : TOLD_USUAL, out);
    return OK;
}
