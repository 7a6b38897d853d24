#include "rank.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define K1            1.2           /* BM25's usual saturation ... */
#define B             0.5           /* ... and half its length correction: sentences differ little */
#define NEAR_LETTERS  5             /* shorter words are too easily near another */
#define NEAR_ENOUGH   0.6           /* Dice of trigrams: a word misheard or mistyped */
#define RELEVANCE     0.6           /* balance of a summary: this much relevance, the rest against repetition */

static double idf(const struct document *d, uint32_t term)
{
    double n = d->terms[term].sentences;

    return log(1 + ((double)d->n - n + 0.5) / (n + 0.5));
}

/* --- the query --- */

static double trigrams_alike(const char *a, size_t n, const char *b, size_t m)
{
    size_t same = 0;

    for (size_t i = 0; i + 3 <= n; i++)
        for (size_t k = 0; k + 3 <= m; k++)
            if (!memcmp(a + i, b + k, 3)) {
                same++;
                break;
            }
    return 2.0 * (double)same / (double)(n + m - 4);
}

/* The document's word that is nearest to one it does not hold. */
static uint32_t term_near(const struct document *d, const struct folded *w)
{
    uint32_t best = TERM_NONE;
    double most = NEAR_ENOUGH;

    if (w->n < NEAR_LETTERS || !w->letters)
        return TERM_NONE;
    for (uint32_t i = 0; i < d->terms_n; i++) {
        const struct term *t = &d->terms[i];
        if (t->empty || t->n < NEAR_LETTERS || t->n + 3 < (int)w->n || t->n > w->n + 3)
            continue;
        double alike = trigrams_alike(w->at, w->n, t->at, t->n);
        if (alike >= most) {
            most = alike;
            best = i;
        }
    }
    return best;
}

/* What kind of answer a small word asks for. */
static void expect(struct query *q, const struct folded *w)
{
    static const char numbers[] = " combien quand date annee montant prix many much when year cost price amount ";
    static const char names[] = " qui ou who where whom ";
    char room[WORD_MOST + 3] = " ";

    memcpy(room + 1, w->at, w->n);
    room[w->n + 1] = ' ';
    q->numbers |= strstr(numbers, room) != NULL;
    q->names |= strstr(names, room) != NULL;
}

struct query query_read(const struct document *d, const char *question)
{
    struct query q = { .n = 0 };
    struct bytes left = { question, strlen(question) }, raw;
    struct folded w;

    while (q.asked < COUNT(q.terms) && word_next(&left, &w, &raw)) {
        expect(&q, &w);
        uint32_t term = document_term(d, &w);
        if (term != TERM_NONE && d->terms[term].empty)
            continue;
        word_stem(&w, d->french);
        term = document_term(d, &w);
        if (term == TERM_NONE)
            term = term_near(d, &w);
        q.asked++;
        bool known = term == TERM_NONE;
        for (size_t i = 0; !known && i < q.n; i++)
            known = q.terms[i] == term;
        if (!known)
            q.terms[q.n++] = term;
    }
    return q;
}

/* --- retrieval --- */

static bool holds(const struct document *d, const struct sentence *s, uint32_t term)
{
    const uint32_t *ids = d->ids + s->first;
    size_t low = 0, high = s->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ids[middle] < term)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n && ids[low] == term;
}

static double score(const struct document *d, const struct sentence *s, const struct query *q, const double *weights, double mean)
{
    double sum = 0, norm = K1 * (1 - B + B * s->words / mean);
    size_t met = 0;

    for (size_t i = 0; i < q->n; i++)
        if (holds(d, s, q->terms[i])) {
            sum += weights[i] * (K1 + 1) / (1 + norm);
            met++;
        }
    if (!met)
        return 0;
    sum *= 0.5 + 0.5 * (double)met / (double)q->n;
    if (q->numbers && s->digits)
        sum *= 1.3;
    if (q->names && s->names)
        sum *= 1.15;
    return sum;
}

/* Keep the best `most`, best first; of equals the earlier. */
static size_t pick_add(struct pick *out, size_t n, size_t most, struct pick p)
{
    size_t i = n < most ? n : most;

    if (n == most && p.score <= out[n - 1].score)
        return n;
    if (i == most)
        i--;
    for (; i > 0 && out[i - 1].score < p.score; i--)
        out[i] = out[i - 1];
    out[i] = p;
    return n < most ? n + 1 : n;
}

size_t rank_find(const struct document *d, const struct query *q, struct pick *out, size_t most)
{
    double weights[COUNT(q->terms)], all = 0, mean = 1;
    size_t n = 0;

    for (size_t i = 0; i < q->n; i++)
        all += weights[i] = idf(d, q->terms[i]);
    for (size_t i = 0; i < d->n; i++)
        mean += (double)d->sentences[i].words / (double)d->n;
    for (size_t i = 0; i < d->n && q->n; i++) {
        double s = score(d, &d->sentences[i], q, weights, mean);
        if (s > 0)
            n = pick_add(out, n, most, (struct pick){ (uint32_t)i, s });
    }
    /* A sentence that meets a small part of the question is no answer to it. */
    double least = all / (double)(q->asked ? q->asked : 1) * 0.5;
    while (n && (out[n - 1].score < least || out[n - 1].score < out[0].score * 0.5))
        n--;
    return n;
}

/* --- summary --- */

/* How much a sentence says of what the text says often; openings count more, fragments and monsters less. */
static double weight(const struct document *d, const struct sentence *s)
{
    double sum = 0;

    for (uint32_t i = 0; i < s->n; i++) {
        const struct term *t = &d->terms[d->ids[s->first + i]];
        if (t->sentences > 1)
            sum += (1 + log(t->count)) * log(1 + (double)d->n / t->sentences);
    }
    double length = s->row ? 0.2 : s->words < 6 ? 0.3 : s->words > 60 ? 0.7 : 1;
    size_t place = (size_t)(s - d->sentences);
    return sum / sqrt((double)s->n + 3) * length * (s->opens ? 1.1 : 1) * (place == 0 ? 1.3 : place < 3 ? 1.1 : 1);
}

/* Cosine of two sentences over the rarity of their words. */
static double alike(const struct document *d, const struct sentence *a, const struct sentence *b)
{
    double both = 0, left = 0, right = 0;
    uint32_t i = 0, k = 0;

    while (i < a->n || k < b->n) {
        uint32_t x = i < a->n ? d->ids[a->first + i] : TERM_NONE, y = k < b->n ? d->ids[b->first + k] : TERM_NONE;
        double w = idf(d, x < y ? x : y);
        w *= w;
        left += x <= y ? w : 0;
        right += y <= x ? w : 0;
        both += x == y ? w : 0;
        i += x <= y;
        k += y <= x;
    }
    return both > 0 ? both / sqrt(left * right) : 0;
}

static int by_place(const void *a, const void *b)
{
    const struct pick *x = a, *y = b;

    return x->sentence < y->sentence ? -1 : x->sentence > y->sentence;
}

/* Maximal marginal relevance: each time the sentence that is most to the point and least like those taken. */
size_t rank_summary(struct ctx *cx, const struct document *d, struct pick *out, size_t most)
{
    double *weights = NEWS(cx, double, d->n), *likeness = NEWS(cx, double, d->n), top = 0;
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++) {
        weights[i] = weight(d, &d->sentences[i]);
        if (weights[i] > top)
            top = weights[i];
    }
    while (n < most && n < d->n && !clock_check(cx)) {
        struct pick best = { 0, -2 };
        for (size_t i = 0; i < d->n; i++) {
            double value = weights[i] < 0 ? -3 : RELEVANCE * (top > 0 ? weights[i] / top : 1) - (1 - RELEVANCE) * likeness[i];
            if (value > best.score)
                best = (struct pick){ (uint32_t)i, value };
        }
        out[n++] = best;
        weights[best.sentence] = -1;
        for (size_t i = 0; i < d->n && n < most; i++)
            likeness[i] = fmax(likeness[i], alike(d, &d->sentences[i], &d->sentences[best.sentence]));
    }
    qsort(out, n, sizeof(*out), by_place);
    return n;
}
