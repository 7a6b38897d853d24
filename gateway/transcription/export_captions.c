/* Captions: where they begin and end is chosen for the whole at once, as the lines of a paragraph are, by what each would cost.
 * The figures are those of subtitling guides: two lines of 42 characters, one to seven seconds. */
#include "transcription/export_speech.h"

#include <stdlib.h>
#include <string.h>

/* What a caption costs. */
#define COST_EACH      6.0
#define COST_THIN      8.0              /* nearly empty */
#define COST_MIDDLE    12.0             /* ends within a clause, */
#define COST_CLAUSE    4.0              /* or behind one */
#define COST_OVER      40.0             /* goes over the end of a sentence, or over a pause */
#define COST_SHORT     150.0            /* is gone before it was read */

struct cutter {
    const struct spoken *at;
    size_t n;
    int    *until;                      /* characters before piece i, spaces included */
    double *over;                       /* what going over the ends before piece i costs */
    double *cost;                       /* of the best captions for the first i pieces */
    size_t *first;                      /* of the last of them */
    bool    names;
};

static int width_of(const struct cutter *c, size_t first, size_t last)
{
    return c->until[last + 1] - c->until[first] - !c->at[first].joined;
}

/* Characters of the first line, beside the speaker's name. */
static int first_most(const struct cutter *c, size_t i)
{
    const char *name = c->names ? c->at[i].speaker : NULL;
    int width = name ? text_width(name, strlen(name)) + 2 : 0;

    return LINE_MOST - (width < NAME_MOST + 2 ? width : NAME_MOST + 2);
}

/* `second`: the first piece that can begin a last line that ends with `last`. */
static bool fits(const struct cutter *c, size_t first, size_t last, size_t second)
{
    size_t at = second > first ? second : first + 1;

    if (width_of(c, first, last) <= first_most(c, first) || first == last)
        return true;
    return at <= last && width_of(c, first, at - 1) <= first_most(c, first) && width_of(c, at, last) <= LINE_MOST;
}

static bool is_end(const struct cutter *c, size_t last)
{
    return last + 1 == c->n || c->at[last].ends_sentence || spoken_pauses(c->at, last, PAUSE_MS) || !text_is(c->at[last].speaker, c->at[last + 1].speaker);
}

/* How long it can be shown. */
static int64_t room_ms(const struct cutter *c, size_t first, size_t last)
{
    return last + 1 == c->n ? SHOWN_MOST : c->at[last + 1].start_ms - c->at[first].start_ms;
}

static double cost_of(const struct cutter *c, size_t first, size_t last)
{
    double empty = 1 - (double)width_of(c, first, last) / (2 * LINE_MOST);
    double cost = COST_EACH + c->over[last] - c->over[first] + (empty > 0 ? COST_THIN * empty * empty : 0);

    if (!is_end(c, last))
        cost += c->at[last].ends_clause ? COST_CLAUSE : COST_MIDDLE;
    int64_t room = room_ms(c, first, last);
    return room < SHOWN_LEAST ? cost + COST_SHORT * (1 - (double)room / SHOWN_LEAST) + COST_SHORT / 2 : cost;
}

static void best_find(struct cutter *c, size_t last, size_t second)
{
    double *best = &c->cost[last + 1];

    *best = -1;
    for (size_t first = last + 1; first-- > 0;) {
        bool alone = first == last;
        if (!alone && (!text_is(c->at[first].speaker, c->at[last].speaker) || c->at[last].end_ms - c->at[first].start_ms > SHOWN_MOST ||
                       width_of(c, first, last) > 2 * LINE_MOST + 1))
            return;
        if (!fits(c, first, last, second))
            continue;
        double cost = c->cost[first] + cost_of(c, first, last);
        if (*best < 0 || cost < *best) {
            *best = cost;
            c->first[last + 1] = first;
        }
    }
}

static void cut(struct cutter *c)
{
    size_t second = 0;

    for (size_t i = 0; i < c->n; i++) {
        c->until[i + 1] = c->until[i] + c->at[i].width + !c->at[i].joined;
        bool pause = i + 1 < c->n && spoken_pauses(c->at, i, PAUSE_MS);
        c->over[i + 1] = c->over[i] + (c->at[i].ends_sentence ? COST_OVER : 0) + (pause ? COST_OVER : 0);
        while (second < i && width_of(c, second, i) > LINE_MOST)
            second++;
        best_find(c, i, second);
    }
}

/* --- lines --- */

/* Where the second line begins: lines of one length, rather behind a comma. `last` + 1: there is none. */
static size_t second_line(const struct cutter *c, size_t first, size_t last)
{
    size_t best = last + 1;
    int least = INT32_MAX;

    if (width_of(c, first, last) <= first_most(c, first))
        return best;
    for (size_t at = first + 1; at <= last; at++) {
        int one = width_of(c, first, at - 1), two = width_of(c, at, last);
        int uneven = abs(one - two) - (c->at[at - 1].ends_clause || c->at[at - 1].ends_sentence ? 10 : 0);
        if (one <= first_most(c, first) && two <= LINE_MOST && uneven < least) {
            least = uneven;
            best = at;
        }
    }
    return best;
}

static const char *line_of(struct ctx *cx, const struct spoken *at, size_t first, size_t last)
{
    struct text to = text_new(cx->arena, 128, TEXT_MOST);

    spoken_put(&to, at, first, last);
    return to.at;
}

static void lines_set(struct ctx *cx, const struct cutter *c, size_t first, size_t last, struct caption *out)
{
    size_t second = second_line(c, first, last);

    out->lines = (struct texts){ NEWS(cx, const char *, 2), second <= last ? 2 : 1 };
    out->lines.at[0] = line_of(cx, c->at, first, second - 1);
    if (second <= last)
        out->lines.at[1] = line_of(cx, c->at, second, last);
}

/* --- times --- */

static void time_set(struct caption *out, int64_t start, int64_t end, int64_t most, int64_t next)
{
    out->from_ms = start;
    out->to_ms = end > start + SHOWN_LEAST ? end : start + SHOWN_LEAST;
    out->to_ms = out->to_ms < start + most ? out->to_ms : start + most;
    out->to_ms = out->to_ms < next ? out->to_ms : next;
}

/* Captions that begin at one time, to the millisecond, follow each other instead. */
static void times_part(struct captions *all)
{
    int64_t last = 0;

    for (size_t i = 0; i < all->captions.n; i++) {
        struct caption *c = &all->captions.at[i];
        c->from_ms = c->from_ms > last ? c->from_ms : last;
        c->to_ms = c->to_ms > c->from_ms ? c->to_ms : c->from_ms + 1;
        last = c->to_ms;
    }
}

static void by_word(struct ctx *cx, const struct cutter *c, struct captions *out)
{
    size_t n = 0;

    for (size_t at = c->n; at; at = c->first[at])
        n++;
    out->captions.n = n;
    out->captions.at = NEWS(cx, struct caption, n);
    for (size_t end = c->n; end; end = c->first[end]) {
        size_t first = c->first[end], last = end - 1;
        struct caption *caption = &out->captions.at[--n];
        caption->speaker = c->at[first].speaker;
        time_set(caption, c->at[first].start_ms, c->at[last].end_ms, SHOWN_MOST, end < c->n ? c->at[end].start_ms : INT64_MAX);
        lines_set(cx, c, first, last, caption);
    }
}

/* --- segments: shown as they were timed, in as many lines as it takes --- */

static void line_add(struct ctx *cx, struct texts *lines, const char *at, size_t n)
{
    lines->at[lines->n++] = arena_text(cx->arena, at, n);
}

static void segment_wrap(struct ctx *cx, const char *text, int first_most_, struct texts *lines)
{
    int most = first_most_;

    lines->at = NEWS(cx, const char *, strlen(text) / 2 + 1);
    for (const char *start = text, *end = text; *start; most = LINE_MOST) {
        for (const char *at = start; *at;) {
            at += strspn(at, " ");
            at += strcspn(at, " ");
            if (end > start && text_width(start, (size_t)(at - start)) > most)
                break;
            end = at;
        }
        line_add(cx, lines, start, (size_t)(end - start));
        start = end + strspn(end, " ");
        end = start;
    }
}

static void by_segment(struct ctx *cx, const struct cutter *c, struct captions *out)
{
    out->captions.n = c->n;
    out->captions.at = NEWS(cx, struct caption, c->n);
    for (size_t i = 0; i < c->n; i++) {
        struct caption *caption = &out->captions.at[i];
        caption->speaker = c->at[i].speaker;
        time_set(caption, c->at[i].start_ms, c->at[i].end_ms, INT32_MAX, i + 1 < c->n ? c->at[i + 1].start_ms : INT64_MAX);
        segment_wrap(cx, arena_text(cx->arena, c->at[i].text, c->at[i].n), first_most(c, i), &caption->lines);
    }
}

struct captions captions_cut(struct ctx *cx, const struct speech *s, bool names)
{
    struct cutter c = { .at = s->spoken.at, .n = s->spoken.n, .names = names && s->speakers > 1 };
    struct captions out = { { NULL, 0 } };

    if (s->by_word) {
        c.until = NEWS(cx, int, c.n + 1);
        c.over = NEWS(cx, double, c.n + 1);
        c.cost = NEWS(cx, double, c.n + 1);
        c.first = NEWS(cx, size_t, c.n + 1);
        cut(&c);
        by_word(cx, &c, &out);
    } else {
        by_segment(cx, &c, &out);
    }
    times_part(&out);
    return out;
}
