#include "topics.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK_WORDS   80        /* on each side of a gap, at most ... */
#define BLOCK_LEAST   12        /* ... and at least: in fewer words nothing recurs */
#define BLOCK_OF      6         /* else this part of the text */
#define DEPTH_LEAST   0.12      /* a valley less deep than this is none, whatever the others are */
#define DEPTH_ABOVE   0.4       /* deviations above the mean of all gaps */
#define SILENCE_MOST  4.0       /* seconds of silence that count ... */
#define SILENCE_ADDS  0.5       /* ... make a valley so much deeper */
#define CHAPTERS_MOST 40
#define LEAST_S       20.0      /* no part is shorter */
#define CHECK_EVERY   64

/* The words that say something, in order; gap i lies before utterance i, at word first[i]. */
struct talk {
    uint32_t *words;
    size_t    n, block, gaps;
    size_t   *first;
    double   *rarity;           /* of each term: among the utterances */
};

static struct talk talk_read(struct ctx *cx, const struct tokens *t, size_t n)
{
    struct talk k = { .words = NEWS(cx, uint32_t, t->n), .gaps = n, .first = NEWS(cx, size_t, n + 1), .rarity = NEWS(cx, double, t->terms) };
    uint32_t *seen = NEWS(cx, uint32_t, t->terms);
    size_t part = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct token *one = &t->at[i];
        while (part < one->part)
            k.first[++part] = k.n;
        if (one->term == TERM_NONE)
            continue;
        k.words[k.n++] = one->term;
        k.rarity[one->term] += seen[one->term] != one->part + 1;
        seen[one->term] = one->part + 1;
    }
    while (part < n)
        k.first[++part] = k.n;
    for (uint32_t i = 0; i < t->terms; i++)
        k.rarity[i] = k.rarity[i] > 0 ? log(1 + (double)n / k.rarity[i]) : 0;
    k.block = k.n / BLOCK_OF > BLOCK_WORDS ? BLOCK_WORDS : k.n / BLOCK_OF < BLOCK_LEAST ? BLOCK_LEAST : k.n / BLOCK_OF;
    return k;
}

/* Cosine of what stands in the blocks before and behind word `at`. `left` and `right` are all 0, and are so again. */
static double likeness(const struct talk *k, size_t at, double *left, double *right)
{
    size_t from = at > k->block ? at - k->block : 0, to = at + k->block < k->n ? at + k->block : k->n;
    double both = 0, l = 0, r = 0;

    for (size_t i = from; i < to; i++)
        (i < at ? left : right)[k->words[i]] += k->rarity[k->words[i]];
    for (size_t i = from; i < to; i++) {
        uint32_t w = k->words[i];
        both += left[w] * right[w], l += left[w] * left[w], r += right[w] * right[w];
        left[w] = right[w] = 0;         /* each once */
    }
    return both > 0 ? both / sqrt(l * r) : 0;
}

/* Each the mean of itself and its neighbours: a single odd sentence is no valley. */
static double *smoothed(struct ctx *cx, const double *values, size_t n)
{
    double *out = NEWS(cx, double, n);

    for (size_t i = 1; i < n; i++)
        out[i] = i > 1 && i + 1 < n ? (values[i - 1] + values[i] + values[i + 1]) / 3 : values[i];
    return out;
}

/* How much a silence speaks for a cut: 1 and more. */
static double stillness(const struct utterance *u)
{
    return 1 + SILENCE_ADDS * (u->silence_s > 0 ? fmin(u->silence_s, SILENCE_MOST) / SILENCE_MOST : 0);
}

/* The bottom of a smoothed valley lies beside it at times: the gap whose own two sides are least alike. */
static size_t bottom_near(const double *like, const struct utterance *at, size_t n, size_t gap)
{
    size_t best = gap;

    for (size_t i = gap > 1 ? gap - 1 : gap; i <= gap + 1 && i < n; i++)
        if ((1 - like[i]) * stillness(&at[i]) > (1 - like[best]) * stillness(&at[best]))
            best = i;
    return best;
}

/* How far the likeness falls from the hills on both sides. */
static double depth_at(const double *like, size_t n, size_t i)
{
    double left = like[i], right = like[i];

    for (size_t k = i; k > 1 && like[k - 1] >= left; k--)
        left = like[k - 1];
    for (size_t k = i + 1; k < n && like[k] >= right; k++)
        right = like[k];
    return left - like[i] + (right - like[i]);
}

struct valley { size_t gap; double depth; };

static int by_depth(const void *a, const void *b)
{
    const struct valley *x = a, *y = b;

    if (x->depth != y->depth)
        return x->depth > y->depth ? -1 : 1;
    return x->gap < y->gap ? -1 : x->gap > y->gap;
}

/* The deepest first. */
static fallible valleys_find(struct ctx *cx, const struct talk *k, const struct utterance *at, struct valley *out, size_t *found, size_t words)
{
    double *like = NEWS(cx, double, k->gaps), *left = NEWS(cx, double, words), *right = NEWS(cx, double, words), sum = 0, squares = 0;

    for (size_t i = 1; i < k->gaps; i++) {
        if (i % CHECK_EVERY == 0)
            TRY(clock_check(cx));
        like[i] = likeness(k, k->first[i], left, right);
    }
    const double *even = smoothed(cx, like, k->gaps);
    for (size_t i = 1; i < k->gaps; i++) {
        double depth = depth_at(even, k->gaps, i) * stillness(&at[i]);
        out[i - 1] = (struct valley){ bottom_near(like, at, k->gaps, i), depth };
        sum += depth, squares += depth * depth;
    }
    size_t n = k->gaps - 1;
    double mean = sum / (double)n, least = mean + DEPTH_ABOVE * sqrt(fmax(squares / (double)n - mean * mean, 0));
    qsort(out, n, sizeof(*out), by_depth);
    for (*found = 0; *found < n && out[*found].depth >= fmax(least, DEPTH_LEAST);)
        ++*found;
    return OK;
}

/* Are the parts on both sides of a cut at `gap` long enough, in words and in time? */
static bool is_room(const struct talk *k, const struct utterance *at, const bool *begins, size_t gap)
{
    double whole = at[k->gaps - 1].start_s - at[0].start_s, least_s = whole > 0 ? fmax(LEAST_S, whole / CHAPTERS_MOST) : 0;
    size_t before = gap - 1, behind = gap + 1;

    while (!begins[before])
        before--;
    while (behind < k->gaps && !begins[behind])
        behind++;
    bool last = behind == k->gaps;      /* when the last one ends is not known: its last utterance counts for nothing */
    return k->first[gap] - k->first[before] >= k->block / 2 && k->first[behind] - k->first[gap] >= k->block / 2 &&
           at[gap].start_s - at[before].start_s >= least_s && (last ? at[k->gaps - 1].start_s : at[behind].start_s) - at[gap].start_s >= least_s / (last ? 2 : 1);
}

err_t topics_cut(struct ctx *cx, const struct tokens *t, const struct utterance *at, size_t n, bool *begins)
{
    struct talk k = talk_read(cx, t, n);
    struct valley *valleys = NEWS(cx, struct valley, n);
    size_t found = 0, parts = 1;

    for (size_t i = 0; i < n; i++)
        begins[i] = !i;
    if (n < 3 || k.n < 2 * BLOCK_LEAST)
        return OK;
    TRY(valleys_find(cx, &k, at, valleys, &found, t->terms));
    for (size_t i = 0; i < found && parts < CHAPTERS_MOST; i++)
        if (is_room(&k, at, begins, valleys[i].gap)) {
            begins[valleys[i].gap] = true;
            parts++;
        }
    return OK;
}
