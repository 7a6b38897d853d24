#include "phrases.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORDS_MOST  3
#define MORE_WORDS  0.3         /* what each further word of a phrase adds to its weight: it says more */
#define NAME_LEAST  3           /* bytes of a phrase of one word */

/* A phrase at one place: the tokens [from, to), of which `words` say something. */
struct candidate {
    uint64_t key;
    uint32_t from, to, count;
    uint32_t terms[WORDS_MOST];
    uint8_t  words;
    double   weight;
};

static bool is_any(struct bytes raw, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == raw.n && !strncasecmp(*list, raw.at, raw.n))
            return true;
    return false;
}

/* "appel d'offres", "marché de la ville", "minutes of the meeting": the small words that hold a phrase together. Gives the place behind
 * them, or `at` when there are none. */
static size_t joints(const struct tokens *t, size_t at, size_t end)
{
    static const char *const first[] = { "de", "du", "des", "d", "of", NULL }, *const second[] = { "la", "l", "les", "the", NULL };

    if (at >= end || t->at[at].term != TERM_NONE || !t->at[at].follows || !is_any(t->at[at].raw, first))
        return at;
    if (at + 1 < end && t->at[at + 1].term == TERM_NONE && t->at[at + 1].follows && is_any(t->at[at + 1].raw, second))
        return at + 2;
    return at + 1;
}

/* --- what a word weighs --- */

/* Often here, and in few other parts. */
static double *weigh_terms(struct ctx *cx, const struct tokens *t, size_t part)
{
    uint32_t *parts = NEWS(cx, uint32_t, t->terms), *seen = NEWS(cx, uint32_t, t->terms), *here = NEWS(cx, uint32_t, t->terms);
    double *weights = NEWS(cx, double, t->terms);

    for (size_t i = 0; i < t->n; i++) {
        const struct token *one = &t->at[i];
        if (one->term == TERM_NONE)
            continue;
        parts[one->term] += seen[one->term] != one->part + 1;       /* parts come in order */
        seen[one->term] = one->part + 1;
        here[one->term] += one->part == part;
    }
    for (uint32_t i = 0; i < t->terms; i++)
        if (here[i])
            weights[i] = (1 + log(here[i])) * log((1 + (double)t->parts) / parts[i]);
    return weights;
}

/* --- candidates --- */

static void candidate_add(const struct tokens *t, struct candidate *c, size_t from, size_t at)
{
    c->terms[c->words++] = t->at[at].term;
    c->key = (c->key ^ t->at[at].term) * 0x9e3779b97f4a7c15 + 1;
    c->from = (uint32_t)from;
    c->to = (uint32_t)at + 1;
    c->count = 1;
}

/* All that begin at `from`, each a word longer. */
static size_t candidates_at(const struct tokens *t, size_t from, size_t end, struct candidate *out)
{
    struct candidate c = { .key = 0 };
    size_t n = 0, at = from;

    while (c.words < WORDS_MOST && at < end && t->at[at].term != TERM_NONE && (at == from || t->at[at].follows)) {
        candidate_add(t, &c, from, at);
        if (c.words > 1 || t->at[at].raw.n >= NAME_LEAST)
            out[n++] = c;
        at = joints(t, at + 1, end);
    }
    return n;
}

static int by_key(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

static int by_weight(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* Those of one key become one, at its first place. */
static size_t gather(struct candidate *c, size_t n, const double *weights)
{
    size_t kept = 0;

    qsort(c, n, sizeof(*c), by_key);
    for (size_t i = 0; i < n; i++)
        if (kept && c[kept - 1].key == c[i].key)
            c[kept - 1].count++;
        else
            c[kept++] = c[i];
    for (size_t i = 0; i < kept; i++) {
        double sum = 0;
        for (uint8_t k = 0; k < c[i].words; k++)
            sum += weights[c[i].terms[k]];
        c[i].weight = sum / c[i].words * log(1 + c[i].count) * (1 + MORE_WORDS * (c[i].words - 1));
    }
    qsort(c, kept, sizeof(*c), by_weight);
    return kept;
}

/* Has one of them all words of the other? */
static bool is_within(const struct candidate *a, const struct candidate *b)
{
    const struct candidate *small = a->words <= b->words ? a : b, *large = small == a ? b : a;
    uint8_t met = 0;

    for (uint8_t i = 0; i < small->words; i++)
        for (uint8_t k = 0; k < large->words; k++)
            if (small->terms[i] == large->terms[k]) {
                met++;
                break;
            }
    return met == small->words;
}

static struct phrase phrase_of(const struct tokens *t, const struct candidate *c)
{
    const char *from = t->at[c->from].raw.at;
    struct bytes last = t->at[c->to - 1].raw;

    return (struct phrase){ .at = { from, (size_t)(last.at + last.n - from) }, .count = c->count, .weight = c->weight };
}

err_t phrases_find(struct ctx *cx, const struct tokens *t, size_t part, struct phrase *out, size_t most, size_t *n)
{
    const double *weights = weigh_terms(cx, t, part);
    size_t from = 0, end, found = 0;

    while (from < t->n && t->at[from].part < part)
        from++;
    for (end = from; end < t->n && t->at[end].part == part;)
        end++;
    struct candidate *c = NEWS(cx, struct candidate, (end - from) * WORDS_MOST), **taken = NEWS(cx, struct candidate *, most);
    for (size_t i = from; i < end; i++)
        found += candidates_at(t, i, end, c + found);
    TRY(clock_check(cx));
    found = gather(c, found, weights);
    *n = 0;
    for (size_t i = 0; i < found && *n < most; i++) {
        size_t k = 0;
        while (k < *n && !is_within(taken[k], &c[i]))
            k++;
        if (k < *n)
            continue;
        taken[*n] = &c[i];
        out[(*n)++] = phrase_of(t, &c[i]);
    }
    return OK;
}
