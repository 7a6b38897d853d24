/* Lines onto paper. Glyphs of one font and colour are gathered and shown by one call, with the text
 * they stand for, so that the PDF can be read, searched and copied from. */
#include "engines/pango.h"

#include <cairo-pdf.h>
#include <string.h>

#define GLYPHS_MOST 1000
#define TEXT_MOST   4000

struct ink {
    struct sheet *s;
    cairo_t *cr;
    const struct face *face;
    enum colour colour;
    const char *url;                        /* of the link that is open */
    int glyphs_n, clusters_n, text_n;
    cairo_glyph_t glyphs[GLYPHS_MOST];
    cairo_text_cluster_t clusters[GLYPHS_MOST];
    char text[TEXT_MOST];
};

struct ink *ink_new(struct sheet *s, cairo_t *cr)
{
    struct ink *ink = NEW(s->cx, struct ink);

    ink->s = s;
    ink->cr = cr;
    return ink;
}

static void show(struct ink *ink, cairo_text_cluster_flags_t flags)
{
    const float *c = colours[ink->colour];

    if (ink->glyphs_n) {
        cairo_set_source_rgb(ink->cr, (double)c[0], (double)c[1], (double)c[2]);
        cairo_set_scaled_font(ink->cr, ink->face->scaled);
        cairo_show_text_glyphs(ink->cr, ink->text, ink->text_n, ink->glyphs, ink->glyphs_n, ink->clusters, ink->clusters_n, flags);
    }
    ink->glyphs_n = ink->clusters_n = ink->text_n = 0;
}

void ink_flush(struct ink *ink)
{
    show(ink, 0);
}

/* --- words --- */

/* Adds glyph g at x; its cluster grows with the glyphs that carry no text of their own. */
static void glyph_add(struct ink *ink, const struct glyph *g, double x, double y)
{
    int real = g->id != GLYPH_EMPTY;

    if (real)
        ink->glyphs[ink->glyphs_n++] = (cairo_glyph_t){ g->id, x + (double)g->x, y + (double)g->y };
    if (g->bytes || !ink->clusters_n)
        ink->clusters[ink->clusters_n++] = (cairo_text_cluster_t){ g->bytes, real };
    else
        ink->clusters[ink->clusters_n - 1].num_glyphs += real;
}

/* Clusters are told in the order of the text, which runs against the glyphs. */
static void clusters_backward(struct ink *ink, const struct word *w)
{
    ink->clusters_n = 0;
    for (size_t i = w->glyphs_n; i--;) {
        const struct glyph *g = &w->glyphs[i];
        int real = g->id != GLYPH_EMPTY;
        if (g->bytes || !ink->clusters_n)
            ink->clusters[ink->clusters_n++] = (cairo_text_cluster_t){ g->bytes, real };
        else
            ink->clusters[ink->clusters_n - 1].num_glyphs += real;
    }
}

/* Clusters may outnumber glyphs: some of them are invisible. */
static bool is_full(const struct ink *ink, const struct word *w)
{
    int n = ink->glyphs_n > ink->clusters_n ? ink->glyphs_n : ink->clusters_n;

    return n + w->glyphs_n > GLYPHS_MOST || ink->text_n + w->n > TEXT_MOST;
}

static void run_add(struct ink *ink, const struct word *w, double x, double y)
{
    if (ink->face != w->face || w->backward || is_full(ink, w))
        show(ink, 0);
    ink->face = w->face;
    for (size_t i = 0; i < w->glyphs_n; x += (double)w->glyphs[i++].advance)
        glyph_add(ink, &w->glyphs[i], x, y);
    memcpy(ink->text + ink->text_n, w->text, w->n);
    ink->text_n += w->n;
    if (w->backward) {
        clusters_backward(ink, w);
        show(ink, CAIRO_TEXT_CLUSTER_FLAG_BACKWARD);
    }
}

static void word_add(struct ink *ink, const struct word *w, double x, double y)
{
    for (; w; x += (double)w->width, w = w->more)
        if (w->face && w->glyphs_n && w->glyphs_n <= GLYPHS_MOST)
            run_add(ink, w, x, y);
}

/* --- links --- */

/* An address as cairo's tag wants it: ASCII, within apostrophes. */
static const char *link_attributes(struct ink *ink, const char *url)
{
    struct text to = text_new(ink->s->cx->arena, 128, 8000);

    text_put(&to, "uri='");
    for (const char *at = url; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c > ' ' && c < 0x7f && !strchr("'\\\"<>()[]{}", c))
            text_add(&to, at, 1);
        else
            text_fmt(&to, "%%%02X", c);
    }
    text_char(&to, '\'');
    return to.full ? NULL : to.at;
}

static void link_turn(struct ink *ink, const char *url)
{
    const char *attributes = url ? link_attributes(ink, url) : NULL;

    show(ink, 0);
    if (ink->url)
        cairo_tag_end(ink->cr, CAIRO_TAG_LINK);
    ink->url = attributes ? url : NULL;
    if (attributes)
        cairo_tag_begin(ink->cr, CAIRO_TAG_LINK, attributes);
}

/* --- lines --- */

/* Which way a word runs: 1 backward, 0 forward, -1 as its neighbours do. */
static int direction(const struct line *line, size_t i)
{
    const struct word *w = line->at[i].word;

    return w->backward ? 1 : word_has_letters(w) ? 0 : -1;
}

/* Levels as the bidirectional algorithm has them (UAX 9, N1, N2 and L2), a word at a time. */
static int level_of(const struct line *line, size_t i)
{
    int way = direction(line, i), left = -1, right = -1;

    for (size_t k = i; way < 0 && left < 0 && k-- > 0;)
        left = direction(line, k);
    for (size_t k = i + 1; way < 0 && right < 0 && k < line->n; k++)
        right = direction(line, k);
    if (way < 0)
        way = left == right && left >= 0 ? left : line->backward;
    return way ? 1 : line->backward ? 2 : 0;
}

static void order_turn(const struct line *line, size_t *order, int level)
{
    for (size_t i = 0, end; i < line->n; i = end + 1) {
        for (end = i; end < line->n && level_of(line, order[end]) >= level; end++)
            ;
        for (size_t a = i, b = end; a + 1 < b; a++) {
            size_t keep = order[a];
            order[a] = order[--b];
            order[b] = keep;
        }
    }
}

static bool is_forward(const struct line *line)
{
    for (size_t i = 0; i < line->n; i++)
        if (line->at[i].word->backward)
            return false;
    return !line->backward;
}

/* The order pieces stand in on paper; NULL: as they are read. */
static const size_t *order_of(struct ink *ink, const struct line *line)
{
    size_t *order;

    if (is_forward(line))
        return NULL;
    order = NEWS(ink->s->cx, size_t, line->n);
    for (size_t i = 0; i < line->n; i++)
        order[i] = i;
    order_turn(line, order, 2);
    order_turn(line, order, 1);
    return order;
}

static double space_add(struct ink *ink, const struct piece *p, const struct line *line, double x, double y)
{
    unsigned key = p->word->key % (STYLES * LOOKS);

    word_add(ink, word_find(ink->s->press, key, " ", 1), x, y);
    return x + (double)p->space + (double)line->stretch;
}

void ink_line(struct ink *ink, const struct line *line, float left, float y, enum colour colour)
{
    const size_t *order = order_of(ink, line);
    double x = (double)left;

    for (size_t i = 0; i < line->n; i++) {
        size_t at = order ? order[i] : i, next = i + 1 == line->n ? at : order ? order[i + 1] : i + 1;
        const struct piece *p = &line->at[at];
        enum colour wanted = p->url ? LINK_INK : colour;
        if (p->url != ink->url)
            link_turn(ink, p->url);
        if (wanted != ink->colour)
            show(ink, 0);
        ink->colour = wanted;
        word_add(ink, p->word, x, (double)y);
        x += (double)p->width;
        if (next != at && line->at[at < next ? at : next].after == SPACE)
            x = space_add(ink, p, line, x, (double)y);
    }
    if (line->n && line->at[line->n - 1].after >= SPACE)       /* unseen: what follows is another word */
        space_add(ink, &line->at[line->n - 1], line, x, (double)y);
    if (ink->url)
        link_turn(ink, NULL);
}
