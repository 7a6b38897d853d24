#include "pieces.h"

#include "base/clock.h"

#include <math.h>

#define S                100            /* frames of a second */
#define PIECE_MIN        (8 * S)
#define PIECE_MAX        (25 * S)
#define PAUSE            20             /* shorter gaps lie within words: closures of p, t, k */
#define LONG_PAUSE       (3 * S)        /* is not given to an engine at all */
#define BURST_MIN        6              /* shorter ones are clicks */
#define MARGIN           25             /* heard before and after speech */
#define OVERLAP          (3 * S)        /* heard twice where speech had to be cut */
#define LULL             (5 * S)        /* where the best place for such a cut is looked for */

#define LEVELS           256
#define DB(x)            ((x) * 2)
#define FLOOR_MIN        DB(96 - 72)    /* the noise floor is taken for no lower than -72 dBFS */
#define SPEECH_ABOVE     DB(11)         /* speech begins so far above the floor, ... */
#define SPEECH_STAYS     DB(7)          /* ... and lasts while it stays so far above */
#define FLOOR_BLOCK      (S / 2)
#define FLOOR_BLOCKS     8              /* the floor is looked for in as many blocks on each side */

struct run { size_t from, to; };        /* frames of speech, `to` excluded */
struct runs { struct run *at; size_t n; };

/* Energy after a first difference, which takes away hum and offset. */
static uint8_t level(const int16_t *at, int before)
{
    double sum = 0;

    for (int i = 0; i < FRAME; i++) {
        double d = at[i] - 0.9 * (i ? at[i - 1] : before);
        sum += d * d;
    }
    double db = 10 * log10(sum / FRAME + 1e-3) - 20 * log10(32768) + 96;
    return (uint8_t)(db < 0 ? 0 : db > 127 ? 254 : db * 2);
}

void loudness_add(struct loudness *l, const int16_t *at, size_t frames)
{
    for (size_t i = 0; i < frames; i++)
        l->at[l->n++] = level(at + i * FRAME, i ? at[i * FRAME - 1] : at[0]);
}

/* The noise floor around a block: the level that a twentieth of the frames stay under. A tenth would be more robust,
 * but people who hardly pause are silent for less. */
static uint8_t floor_near(const struct loudness *l, size_t block)
{
    size_t from = block > FLOOR_BLOCKS ? (block - FLOOR_BLOCKS) * FLOOR_BLOCK : 0;
    size_t to = (block + FLOOR_BLOCKS + 1) * FLOOR_BLOCK, seen = 0, counts[LEVELS] = { 0 };

    if (to > l->n)
        to = l->n;
    for (size_t i = from; i < to; i++)
        counts[l->at[i]]++;
    for (int v = 0; v < LEVELS; v++)
        if ((seen += counts[v]) * 20 >= to - from)
            return (uint8_t)(v < FLOOR_MIN ? FLOOR_MIN : v);
    return LEVELS - 1;
}

static void run_add(struct runs *runs, size_t from, size_t to)
{
    struct run *last = runs->n ? &runs->at[runs->n - 1] : NULL;

    if (last && from - last->to < PAUSE)
        last->to = to;
    else
        runs->at[runs->n++] = (struct run){ from, to };
}

/* Clicks are left out once the gaps within words are closed. */
static void clicks_drop(struct runs *runs)
{
    size_t kept = 0;

    for (size_t i = 0; i < runs->n; i++)
        if (runs->at[i].to - runs->at[i].from >= BURST_MIN)
            runs->at[kept++] = runs->at[i];
    runs->n = kept;
}

static struct runs speech_find(struct ctx *cx, const struct loudness *l)
{
    struct runs runs = { NEWS(cx, struct run, l->n / PAUSE + 2), 0 };
    uint8_t quiet = 0;
    bool on = false;
    size_t from = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (i % FLOOR_BLOCK == 0)
            quiet = floor_near(l, i / FLOOR_BLOCK);
        bool now = l->at[i] > quiet + (on ? SPEECH_STAYS : SPEECH_ABOVE);
        if (now && !on)
            from = i;
        if (!now && on)
            run_add(&runs, from, i);
        on = now;
    }
    if (on)
        run_add(&runs, from, l->n);
    clicks_drop(&runs);
    return runs;
}

/* The last run of a piece that begins in frame `start` within run i: the one before the longest pause,
 * later ones preferred. i - 1: run i alone is too long for a piece. */
static ptrdiff_t piece_end(const struct runs *runs, size_t i, size_t start)
{
    ptrdiff_t best = (ptrdiff_t)i - 1, fits = best;
    double best_score = -1;

    for (size_t j = i; j < runs->n && runs->at[j].to - start <= PIECE_MAX; j++) {
        size_t len = runs->at[j].to - start, pause = j + 1 < runs->n ? runs->at[j + 1].from - runs->at[j].to : LONG_PAUSE;
        double score = (double)(pause < 60 ? pause : 60) + 20.0 * (double)len / PIECE_MAX;

        fits = (ptrdiff_t)j;
        if (pause >= LONG_PAUSE)
            return fits;
        if (len >= PIECE_MIN && score > best_score) {
            best = fits;
            best_score = score;
        }
    }
    return best_score >= 0 ? best : fits;
}

/* The quietest tenth of a second of speech that has no pause in time. */
static size_t lull_find(const struct loudness *l, size_t start)
{
    size_t to = start + PIECE_MAX, best = to;
    int least = INT32_MAX;

    for (size_t i = to - LULL; i + 10 <= to && i + 10 <= l->n; i++) {
        int sum = 0;
        for (size_t k = i; k < i + 10; k++)
            sum += l->at[k];
        if (sum < least) {
            least = sum;
            best = i + 5;
        }
    }
    return best;
}

/* Frames with their margins, which reach at most to the middle of the pause between two pieces. */
static void piece_add(struct pieces *out, const struct loudness *l, size_t from, size_t to, size_t border)
{
    int64_t before = out->n ? out->at[out->n - 1].to / FRAME : 0;
    int64_t first = (int64_t)from - (from == border ? MARGIN : 0), last = (int64_t)to + MARGIN;

    if (first < 0)
        first = 0;
    if (from == border && out->n && first < before) {
        first = ((int64_t)from + before - MARGIN) / 2;
        out->at[out->n - 1].to = first * FRAME;
    }
    if (last > (int64_t)l->n)
        last = (int64_t)l->n;
    out->at[out->n++] = (struct piece){ first * FRAME, last * FRAME, (from == border ? first : (int64_t)border) * FRAME };
}

void pieces_cut(struct ctx *cx, const struct loudness *l, struct pieces *out)
{
    struct runs runs = speech_find(cx, l);
    size_t start = runs.n ? runs.at[0].from : 0, border = start;

    *out = (struct pieces){ .at = NEWS(cx, struct piece, runs.n + l->n / (PIECE_MAX - LULL - OVERLAP) + 1) };
    for (size_t i = 0; i < runs.n; i++)
        out->speech_s += (double)(runs.at[i].to - runs.at[i].from) / S;
    for (size_t i = 0; i < runs.n;) {
        ptrdiff_t last = piece_end(&runs, i, start);
        if (last < (ptrdiff_t)i) {
            size_t cut = lull_find(l, start);
            piece_add(out, l, start, cut + OVERLAP / 2 - MARGIN, border);
            border = cut;
            start = cut - OVERLAP / 2;
            continue;
        }
        piece_add(out, l, start, runs.at[last].to, border);
        i = (size_t)last + 1;
        start = border = i < runs.n ? runs.at[i].from : 0;
    }
}

/* A minute at a time, in memory that is given back: what hears it needs much. */
static fallible loudness_read(struct ctx *cx, const struct recording *r, struct loudness *l)
{
    const int64_t step = 60 * RATE_HZ;
    struct arena *room = arena_new();
    int16_t *minute = arena_gets(room, (size_t)(r->samples < step ? r->samples : step), sizeof(*minute));
    err_t e = clock_check(cx);

    for (int64_t from = 0; !e && from < r->samples; from += step) {
        size_t n = (size_t)(r->samples - from < step ? r->samples - from : step);
        e = recording_read(cx, r, from, n, minute);
        if (!e)
            loudness_add(l, minute, n / FRAME);
        if (!e)
            e = clock_check(cx);
    }
    arena_free(room);
    return e;
}

fallible pieces_plan(struct ctx *cx, const struct recording *r, struct pieces *out)
{
    struct loudness l = { NEWS(cx, uint8_t, (size_t)(r->samples / FRAME) + 1), 0 };

    TRY(loudness_read(cx, r, &l));
    pieces_cut(cx, &l, out);
    if (!out->n)
        return fail(cx, SPEECH_ABSENT, "nobody speaks in these %.1f seconds", (double)r->samples / RATE_HZ);
    return OK;
}
