/* Prose into pieces between which a line may break, and pieces into lines: all lines of a justified
 * paragraph are chosen together, so that its spaces come out as even as they can. */
#include "engines/pango.h"

#include <math.h>
#include <string.h>

#define ADDRESS_BYTES 24        /* words longer than this may break after a mark of an address */
#define CHOP_BYTES    48        /* and longer than this, anywhere */

/* --- pieces --- */

struct cutter {
    struct sheet *s;
    struct pieces *out;
    const char *start, *at, *end;       /* of the piece, of the run */
    unsigned key;
    const char *url;
    float space;
    bool code;                          /* a listing: spaces stand as they are */
};

static void piece_end(struct cutter *c, enum after after)
{
    struct piece *last = c->out->n ? &c->out->at[c->out->n - 1] : NULL;

    if (c->at == c->start && last && after != MUST) {
        last->space = after == SPACE ? c->space : last->space;      /* the run that has the space says how wide it is */
        last->after = after > last->after ? after : last->after;
        return;
    }
    if (c->at == c->start && after != MUST)
        return;
    if (c->at == c->start && last && last->after != MUST) {
        last->after = MUST;
        return;
    }
    struct piece *p = ADD(c->s, c->out);
    p->word = word_find(c->s->press, c->key, c->start, (size_t)(c->at - c->start));
    p->width = word_width(p->word);
    p->space = c->space;
    p->url = c->url;
    p->after = after;
}

/* Ends the piece before the n bytes at c->at, which are left out. */
static void cut(struct cutter *c, size_t n, enum after after)
{
    piece_end(c, after);
    c->at += n;
    c->start = c->at;
}

/* Ends the piece behind the n bytes at c->at. */
static void cut_behind(struct cutter *c, size_t n, enum after after)
{
    c->at += n;
    cut(c, 0, after);
}

static bool is_letter(const char *at) { return ((*at | 32) >= 'a' && (*at | 32) <= 'z') || (unsigned char)*at >= 0xc3; }

/* Scripts written without spaces: a line may break between any two of their characters. */
static bool is_spaceless(const unsigned char *at)
{
    uint32_t c = at[0] < 0xe0 ? 0 : at[0] < 0xf0 ? (at[0] & 15u) << 12 | (at[1] & 63u) << 6 | (at[2] & 63u) :
                 (at[0] & 7u) << 18 | (at[1] & 63u) << 12 | (at[2] & 63u) << 6;

    return (c >= 0x2e80 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7af) || (c >= 0xf900 && c <= 0xfaff) || c >= 0x20000;
}

static size_t char_bytes(const char *at)
{
    unsigned char c = (unsigned char)*at;

    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static void cut_space(struct cutter *c)
{
    size_t n = strspn(c->at, " ");

    n = n < (size_t)(c->end - c->at) ? n : (size_t)(c->end - c->at);
    if (!c->code) {
        cut(c, n, SPACE);
        return;
    }
    cut(c, 0, FREE);
    cut_behind(c, n < WORD_BYTES_MOST ? n : WORD_BYTES_MOST, FREE);
}

static void cut_tab(struct cutter *c)
{
    static const char spaces[] = "    ";
    const char *rest = c->at + 1;

    cut(c, 1, c->code ? FREE : SPACE);
    if (!c->code)
        return;
    c->start = spaces;
    c->at = spaces + 4;
    piece_end(c, FREE);
    c->start = c->at = rest;
}

/* Characters that are no letters of a word; false when it is one. */
static bool cut_special(struct cutter *c)
{
    const char *at = c->at;
    size_t left = (size_t)(c->end - at), n = char_bytes(at);

    if (*at == ' ')
        cut_space(c);
    else if (*at == '\t')
        cut_tab(c);
    else if (*at == '\n' || !strncmp(at, "\u2028", 3) || !strncmp(at, "\u2029", 3))
        cut(c, n, MUST);
    else if ((unsigned char)*at < 0x20 || *at == 0x7f || !strncmp(at, "\u00ad", 2) || !strncmp(at, "\ufeff", 3))
        cut(c, n, GLUE);
    else if (!strncmp(at, "\u200b", 3))
        cut(c, n, FREE);
    else if (n >= 3 && n <= left && is_spaceless((const unsigned char *)at)) {
        cut(c, 0, FREE);
        cut_behind(c, n, FREE);
    } else
        return false;
    return true;
}

/* After the n bytes at c->at, which belong to the word: may it break behind them? */
static bool breaks_behind(const struct cutter *c, size_t n)
{
    size_t len = (size_t)(c->at - c->start) + n, left = (size_t)(c->end - c->at) - n;

    if (!left)
        return false;
    if (*c->at == '-')
        return len > 1 && is_letter(c->at - 1) && is_letter(c->at + 1);
    if (!strncmp(c->at, "\u2014", 3) || !strncmp(c->at, "\u2010", 3))
        return len > n;
    return (len >= ADDRESS_BYTES && strchr("/?&=._%#+,;:", *c->at)) || len >= CHOP_BYTES;
}

static void run_cut(struct cutter *c)
{
    while (c->at < c->end) {
        if (cut_special(c))
            continue;
        size_t n = char_bytes(c->at);
        if (breaks_behind(c, n))
            cut_behind(c, n, FREE);
        else
            c->at += n;
    }
    if (c->at > c->start)
        piece_end(c, GLUE);
}

struct pieces pieces_of(struct sheet *s, const struct prose *p, enum style_name style)
{
    struct pieces out = { 0 };
    struct cutter c = { .s = s, .out = &out, .code = style == S_CODE };

    for (size_t r = 0; r < p->runs_n; r++) {
        const struct run *run = &p->runs[r];
        c.start = c.at = p->text + (r ? p->runs[r - 1].end : 0);
        c.end = p->text + run->end;
        c.key = word_key(style, style == S_CODE ? 0 : run->look);
        c.url = run->url;
        c.space = word_width(word_find(s->press, c.key, " ", 1));
        run_cut(&c);
    }
    if (out.n)
        out.at[out.n - 1].after = MUST;
    return out;
}

void pieces_measure(const struct pieces *p, float *least, float *most)
{
    float unit = 0, line = 0;

    *least = *most = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct piece *piece = &p->at[i];
        unit += piece->width;
        line += piece->width;
        *least = unit > *least ? unit : *least;
        *most = line > *most ? line : *most;
        unit = piece->after == GLUE ? unit : 0;
        line = piece->after == MUST ? 0 : piece->after == SPACE ? line + piece->space : line;
    }
}

/* --- pieces too wide for the measure --- */

/* The start of a word's text that should fit, at least one character, not cutting off a combining mark. */
static size_t text_fit(const struct word *w, float width, float measure)
{
    size_t most = (size_t)((float)w->whole_n * measure / width * 0.95f), n = 0;

    while (n < w->whole_n) {
        size_t next = n + char_bytes(w->whole + n);
        bool combines = next + 1 < w->whole_n && ((w->whole[next] == '\xcc') || (w->whole[next] == '\xcd' && (unsigned char)w->whole[next + 1] < 0xb0));
        n = next;
        if (combines)
            continue;
        if (n + 4 > most)
            break;
    }
    return n < w->whole_n ? n : w->whole_n;
}

static void piece_split(struct sheet *s, struct pieces *out, struct piece whole, float measure)
{
    unsigned key = whole.word->key % (STYLES * LOOKS);
    const char *at = whole.word->whole;
    size_t left = whole.word->whole_n;

    for (size_t n; left; at += n, left -= n) {
        struct piece *p = ADD(s, out);
        *p = whole;
        p->word = word_find(s->press, key, at, n = left);
        while ((p->width = word_width(p->word)) > measure) {
            size_t less = text_fit(p->word, p->width, measure);
            if (less >= n)
                break;          /* a single character */
            p->word = word_find(s->press, key, at, n = less);
        }
        if (n < left)
            p->after = FREE;
    }
}

/* The pieces again, those that are too wide in parts, and chains of glued ones breakable where they must be. */
static struct pieces pieces_fit(struct sheet *s, const struct pieces *from, float measure)
{
    struct pieces out = { 0 };
    float unit = 0;

    for (size_t i = 0; i < from->n; i++) {
        struct piece p = from->at[i];
        unit += p.width;
        if (unit > measure && unit > p.width && out.n) {
            out.at[out.n - 1].after = FREE;
            unit = p.width;
        }
        if (p.width > measure)
            piece_split(s, &out, p, measure);
        else
            *ADD(s, &out) = p;
        unit = p.after == GLUE ? unit : 0;
    }
    return out;
}

/* --- lines --- */

#define STRETCH     0.55        /* of a space, before it looks wide */
#define SHRINK      0.20        /* of a space, and no more */
#define LOOSE_MOST  2.2         /* rather a ragged line than spaces that grow by more than this times themselves */
#define PIECES_MOST 1000        /* of a line: pieces may be without width */

/* Pieces from `first` to `last` as one line. */
struct extent { double width, spaces; };        /* double: a paragraph may be megabytes long */

struct breaker {
    struct sheet *s;
    const struct piece *at;
    float measure;
    bool backward;              /* the text runs from right to left */
    struct extent *before;      /* of the pieces before the i-th, with their spaces */
    double *cost;               /* of the best lines that end behind the i-th */
    size_t *start;              /* of the last of them */
};

static struct extent extent_of(const struct breaker *b, size_t first, size_t last)
{
    return (struct extent){ b->before[last].width + b->at[last].width - b->before[first].width,
                            b->before[last].spaces - b->before[first].spaces };
}

static void line_add(struct breaker *b, struct lines *out, size_t first, size_t last, bool justify)
{
    struct extent e = extent_of(b, first, last);
    struct line *line = ADD(b->s, out);
    size_t spaces = 0;

    *line = (struct line){ .at = b->at + first, .n = last - first + 1, .width = (float)e.width, .backward = b->backward };
    for (size_t i = first; i < last; i++)
        spaces += b->at[i].after == SPACE;
    if (!spaces || (!justify && e.width <= b->measure))
        return;
    double extra = b->measure - e.width;
    if (extra <= e.spaces * LOOSE_MOST) {
        line->stretch = (float)(extra / (double)spaces);
        line->width = b->measure;
    }
}

/* How bad a line looks: the cube of how far its spaces are from their own width, as TeX has it. */
static double line_cost(const struct breaker *b, size_t first, size_t last)
{
    struct extent e = extent_of(b, first, last);
    double extra = b->measure - e.width, ratio = 0;

    if (b->at[last].after != MUST || extra < 0) {
        double give = e.spaces * (extra < 0 ? SHRINK : STRETCH);
        ratio = give > 0 ? fabs(extra) / give : 100;
    }
    double bad = ratio > 20 ? 800000 : 100 * ratio * ratio * ratio;
    return (1 + bad) * (1 + bad) + (b->at[last].after == FREE ? 900 : 0);
}

static bool is_too_wide(const struct breaker *b, size_t first, size_t last)
{
    struct extent e = extent_of(b, first, last);

    return e.width - e.spaces * SHRINK > b->measure;
}

/* The best start of a line that ends behind `last`, not before `low`. */
static void best_start(struct breaker *b, size_t low, size_t last)
{
    b->cost[last] = -1;
    for (size_t first = last + 1; first-- > low;) {
        if (first > low && b->at[first - 1].after == GLUE)
            continue;
        if (b->cost[last] >= 0 && (is_too_wide(b, first, last) || last - first > PIECES_MOST))
            return;
        double cost = line_cost(b, first, last) + (first > low ? b->cost[first - 1] : 0);
        if (b->cost[last] < 0 || cost < b->cost[last]) {
            b->cost[last] = cost;
            b->start[last] = first;
        }
    }
}

/* Lines for the pieces low..high, chosen together. */
static void break_together(struct breaker *b, struct lines *out, size_t low, size_t high)
{
    size_t n = 0, *ends;

    for (size_t last = low; last <= high; last++)
        if (b->at[last].after != GLUE)
            best_start(b, low, last);
    for (size_t last = high;; last = b->start[last] - 1, n++)
        if (b->start[last] == low)
            break;
    ends = NEWS(b->s->cx, size_t, n + 1);
    for (size_t i = n + 1, last = high; i--; last = b->start[last] - 1)
        ends[i] = last;
    for (size_t i = 0; i <= n; i++)
        line_add(b, out, i ? ends[i - 1] + 1 : low, ends[i], i < n);
}

/* Each line as many as fit. */
static void break_greedily(struct breaker *b, struct lines *out, size_t low, size_t high)
{
    size_t first = low, end = low;

    for (size_t i = low; i <= high; i++) {
        if (b->at[i].after == GLUE)
            continue;
        if (end > first && extent_of(b, first, i).width > b->measure) {
            line_add(b, out, first, end - 1, false);
            first = end;
        }
        end = i + 1;
    }
    line_add(b, out, first, high, false);
}

static void before_fill(struct breaker *b, size_t n)
{
    for (size_t i = 1; i <= n; i++) {
        double space = b->at[i - 1].after == SPACE ? (double)b->at[i - 1].space : 0;
        b->before[i] = (struct extent){ b->before[i - 1].width + (double)b->at[i - 1].width + space, b->before[i - 1].spaces + space };
    }
}

/* By its first word, as readers do. */
static bool is_backward(const struct pieces *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->at[i].word->backward || word_has_letters(p->at[i].word))
            return p->at[i].word->backward;
    return false;
}

struct lines lines_break(struct sheet *s, struct pieces *pieces, float measure, bool justify)
{
    struct breaker b = { .s = s, .measure = measure };
    struct lines out = { 0 };
    float least, most;

    pieces_measure(pieces, &least, &most);
    if (least > measure)
        *pieces = pieces_fit(s, pieces, measure);
    b.at = pieces->at;
    b.before = NEWS(s->cx, struct extent, pieces->n + 1);
    b.cost = NEWS(s->cx, double, pieces->n);
    b.start = NEWS(s->cx, size_t, pieces->n);
    before_fill(&b, pieces->n);
    b.backward = is_backward(pieces);
    for (size_t low = 0, i = 0; i < pieces->n; i++) {
        if (pieces->at[i].after != MUST)
            continue;
        (justify ? break_together : break_greedily)(&b, &out, low, i);
        low = i + 1;
    }
    return out;
}
