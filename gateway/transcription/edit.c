/* What a correction makes of the words of its segment. */
#include "transcription/edit.h"

#include <string.h>

/* How many words behind the first `at` are of segment `i`: those that begin before the next one does. */
static size_t span_of(const struct transcript_view *t, size_t i, size_t at)
{
    size_t n = 0;

    while (at + n < t->words.n && (i + 1 == t->segments.n || t->words.at[at + n].start < t->segments.at[i + 1].start))
        n++;
    return n;
}

static size_t tokens_of(struct ctx *cx, const char *text, struct word **out)
{
    size_t n = 0;

    *out = NEWS(cx, struct word, strlen(text) / 2 + 1);
    for (const char *at = text + strspn(text, " \t\r\n"); *at; at += strspn(at, " \t\r\n")) {
        size_t len = strcspn(at, " \t\r\n");
        (*out)[n++] = (struct word){ .word = arena_text(cx->arena, at, len), .confidence = REAL_NONE };
        at += len;
    }
    return n;
}

/* New words one for one, or by their letters over the whole time. */
static void give_times(struct word *now, size_t n, const struct word *was, size_t was_n, double from, double to)
{
    size_t letters = 0, passed = 0;

    for (size_t i = 0; i < n; i++)
        letters += strlen(now[i].word);
    for (size_t i = 0; i < n; i++) {
        now[i].start = n == was_n ? was[i].start : from + (to - from) * (double)passed / (double)letters;
        passed += strlen(now[i].word);
        now[i].end = n == was_n ? was[i].end : from + (to - from) * (double)passed / (double)letters;
    }
}

static void align(struct word *now, size_t n, const struct word *was, size_t was_n, double from, double to)
{
    size_t head = 0, tail = 0;

    for (; head < n && head < was_n && text_is(now[head].word, was[head].word); head++)
        now[head] = was[head];
    for (; tail < n - head && tail < was_n - head && text_is(now[n - 1 - tail].word, was[was_n - 1 - tail].word); tail++)
        now[n - 1 - tail] = was[was_n - 1 - tail];
    if (head)
        from = was[head - 1].end;
    if (tail)
        to = was[was_n - tail].start;
    give_times(now + head, n - head - tail, was + head, was_n - head - tail, from, to > from ? to : from);
}

/* The words of a corrected segment, of which `was` were heard; gives how many they are. */
static size_t put_words(struct ctx *cx, const struct segment *seg, const struct word *was, size_t was_n, struct word *to)
{
    struct word *now;
    size_t n = tokens_of(cx, seg->text, &now);

    align(now, n, was, was_n, was_n ? was[0].start : seg->start, was_n ? was[was_n - 1].end : seg->end);
    for (size_t i = 0; i < n; i++) {
        to[i] = now[i];
        to[i].speaker = seg->speaker;
    }
    return n;
}

void edits_apply(struct ctx *cx, struct transcript_view *t, const struct transcript_edit *edits, size_t n)
{
    size_t room = t->words.n, at = 0, put = 0, next = 0;

    for (size_t i = 0; i < n; i++)
        room += strlen(edits[i].text) / 2 + 1;
    struct word *all = NEWS(cx, struct word, room);
    for (size_t i = 0; i < t->segments.n; i++) {
        struct segment *seg = &t->segments.at[i];
        size_t span = span_of(t, i, at);
        bool is_edited = next < n && (size_t)edits[next].segment == i;
        if (is_edited)
            seg->text = edits[next].text, seg->speaker = edits[next++].speaker;
        if (is_edited && t->words.n)
            put += put_words(cx, seg, t->words.at + at, span, all + put);
        else if (span)
            memcpy(all + put, t->words.at + at, span * sizeof(*all)), put += span;
        at += span;
    }
    t->words.at = all, t->words.n = put;
}

const char *edit_text(struct ctx *cx, const struct transcript_view *t)
{
    struct text all = text_new(cx->arena, 4096, TRANSCRIPT_BYTES);

    for (size_t i = 0; i < t->segments.n; i++) {
        if (all.n && *t->segments.at[i].text)
            text_char(&all, ' ');
        text_put(&all, t->segments.at[i].text);
    }
    return all.n ? all.at : "";
}
