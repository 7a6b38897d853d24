/* Shaping, the dear part of setting text: each word is shaped once per thread and kept, since reports
 * repeat their words. Pango chooses the fonts; what it gives is kept as plain glyphs. */
#define _GNU_SOURCE
#include "engines/pango.h"

#include "data/crypto.h"

#include <pango/pangocairo.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS        (1u << 13)
#define WORDS_MOST     (6u << 20)       /* bytes of words kept from one report to the next */
#define LANGUAGES_MOST 8
#define THIN_SPACE     0.7f             /* of a space: what fonts give is too thin for French eyes */

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
/* fontconfig keeps its patterns by offsets, which the leak checker does not follow. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libfontconfig\n"; }
#endif

/* What a thread keeps. Pango's objects may not be shared between threads. */
struct press {
    PangoContext *context;
    PangoFontDescription *fonts[STYLES * LOOKS];
    PangoAttrList *features[STYLES * LOOKS];
    PangoLanguage *languages[LANGUAGES_MOST];
    unsigned language;                  /* of the report being set */
    struct face *faces;
    struct arena *memory;               /* of the words */
    size_t   bytes;
    uint32_t seed;
    struct word *buckets[BUCKETS];
};

/* --- the press --- */

static void press_forget(struct press *p)
{
    arena_free(p->memory);
    p->memory = arena_new();
    p->bytes = 0;
    memset(p->buckets, 0, sizeof(p->buckets));
    memset(p->languages, 0, sizeof(p->languages));
}

static void press_drop(void *thing)
{
    struct press *p = thing;

    for (struct face *f = p->faces, *next; f; f = next) {
        next = f->next;
        g_object_unref(f->font);
        free(f);
    }
    for (size_t i = 0; i < STYLES * LOOKS; i++) {
        pango_font_description_free(p->fonts[i]);
        pango_attr_list_unref(p->features[i]);
    }
    g_object_unref(p->context);
    arena_free(p->memory);
    free(p);
}

static PangoFontDescription *font_describe(const struct style *s, unsigned look)
{
    PangoFontDescription *font = pango_font_description_new();
    bool code = look & LOOK_CODE;

    pango_font_description_set_family_static(font, code ? code_family : s->family);
    pango_font_description_set_absolute_size(font, (double)(s->size * (code ? code_scale : 1)) * PANGO_SCALE);
    if (s->bold || look & LOOK_BOLD)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    if (s->italic != !!(look & LOOK_ITALIC))        /* emphasis within italics stands upright */
        pango_font_description_set_style(font, PANGO_STYLE_ITALIC);
    return font;
}

/* Positions as the font has them, for paper: no pixels to fit. */
static PangoContext *context_new(void)
{
    PangoFontMap *map = pango_cairo_font_map_new();
    PangoContext *context = pango_font_map_create_context(map);
    cairo_font_options_t *options = cairo_font_options_create();

    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    pango_context_set_round_glyph_positions(context, FALSE);
    cairo_font_options_destroy(options);
    g_object_unref(map);
    return context;
}

static struct press *press_new(void)
{
    struct press *p = calloc(1, sizeof(*p));

    if (!p)
        abort();
    p->context = context_new();
    p->memory = arena_new();
    crypto_random(&p->seed, sizeof(p->seed));
    for (size_t i = 0; i < STYLES * LOOKS; i++) {
        const struct style *s = &styles[i / LOOKS];
        p->fonts[i] = font_describe(s, i % LOOKS);
        p->features[i] = pango_attr_list_new();
        if (s->features)
            pango_attr_list_insert(p->features[i], pango_attr_font_features_new(s->features));
    }
    return p;
}

static pthread_key_t press_slot;
static void press_slot_make(void) { pthread_key_create(&press_slot, press_drop); }

struct press *press_here(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, press_slot_make);
    struct press *p = pthread_getspecific(press_slot);
    if (!p) {
        p = press_new();
        pthread_setspecific(press_slot, p);
    }
    return p;
}

/* By the primary subtag: pango never forgets a language, and people may send any. */
static PangoLanguage *language_of(const char *tag)
{
    char primary[4] = "";
    size_t n = strcspn(tag, "-");

    return pango_language_from_string(n > 3 ? "fr" : memcpy(primary, tag, n));
}

void press_start(struct press *p, const char *language)
{
    PangoLanguage *wanted = language_of(language);
    unsigned i = 0;

    while (i < LANGUAGES_MOST && p->languages[i] && p->languages[i] != wanted)
        i++;
    if (i == LANGUAGES_MOST || p->bytes > WORDS_MOST) {
        press_forget(p);
        i = 0;
    }
    p->languages[i] = wanted;
    p->language = i;
    pango_context_set_language(p->context, wanted);
}

/* --- shaping --- */

static void space_find(struct face *f)
{
    cairo_glyph_t room[1], *glyphs = room;
    cairo_text_extents_t extents;
    int n = 1;

    if (!cairo_scaled_font_text_to_glyphs(f->scaled, 0, 0, " ", 1, &glyphs, &n, NULL, NULL, NULL) && n) {
        cairo_scaled_font_glyph_extents(f->scaled, glyphs, 1, &extents);
        f->space = (uint32_t)glyphs->index;
        f->space_width = (float)extents.x_advance;
    }
    if (glyphs != room)
        cairo_glyph_free(glyphs);
}

static const struct face *face_of(struct press *p, PangoFont *font)
{
    for (struct face *f = p->faces; f; f = f->next)
        if (f->font == font)
            return f;
    struct face *f = calloc(1, sizeof(*f));
    if (!f)
        abort();
    f->font = g_object_ref(font);
    f->scaled = pango_cairo_font_get_scaled_font(PANGO_CAIRO_FONT(font));
    space_find(f);
    f->next = p->faces;
    p->faces = f;
    return f;
}

static float points(int units) { return (float)units / PANGO_SCALE; }

/* Bytes of the text from the cluster of glyph i to the next one in the text; 0 when i goes with another. */
static int cluster_bytes(const PangoGlyphString *g, int i, bool backward, int n)
{
    int step = backward ? 1 : -1, from = g->log_clusters[i], next = n;

    if (i + step >= 0 && i + step < g->num_glyphs && g->log_clusters[i + step] == from)
        return 0;
    for (int k = i - step; k >= 0 && k < g->num_glyphs; k -= step)
        if (g->log_clusters[k] != from) {
            next = g->log_clusters[k];
            break;
        }
    return next - from;
}

static void glyph_copy(struct glyph *to, const PangoGlyphString *g, int i, bool backward, int n)
{
    const PangoGlyphInfo *from = &g->glyphs[i];

    to->id = from->glyph == PANGO_GLYPH_EMPTY ? GLYPH_EMPTY : from->glyph & PANGO_GLYPH_UNKNOWN_FLAG ? 0 : from->glyph;
    to->advance = points(from->geometry.width);
    to->x = points(from->geometry.x_offset);
    to->y = points(from->geometry.y_offset);
    to->bytes = (uint8_t)cluster_bytes(g, i, backward, n);
}

/* --- no-break spaces --- */

static size_t fixed_space(const char *at, size_t n)
{
    return n >= 3 && !memcmp(at, "\u202f", 3) ? 3 : n >= 2 && !memcmp(at, "\u00a0", 2) ? 2 : 0;
}

/* No-break spaces become the plain space, as wide as they were: one that is found when people search, and
 * whose glyph is in the font's first subset, where theirs would need a second. */
static void spaces_plain(struct word *w, char *text)
{
    size_t from = 0, to = 0;

    for (size_t i = 0; i < w->glyphs_n; i++) {
        struct glyph *g = &w->glyphs[i];
        size_t n = g->bytes, fixed = fixed_space(text + from, n);
        if (fixed && fixed == n) {
            float least = THIN_SPACE * w->face->space_width;
            text[to++] = ' ';
            g->id = w->face->space;
            g->bytes = 1;
            g->advance = g->advance < least ? least : g->advance;
        } else {
            memmove(text + to, text + from, n);
            to += n;
        }
        from += n;
    }
    w->n = (uint16_t)to;
}

/* One item of pango's: a stretch in one font and direction. */
static struct word *item_shape(struct press *p, const PangoItem *item, const char *text, size_t n, PangoGlyphString *g)
{
    struct word *w;

    pango_shape_full(text + item->offset, item->length, text, (int)n, &item->analysis, g);
    size_t size = sizeof(*w) + (size_t)g->num_glyphs * sizeof(struct glyph);
    w = arena_get(p->memory, size + (size_t)item->length + 1);
    p->bytes += size + (size_t)item->length + 1;
    char *copy = memcpy((char *)w + size, text + item->offset, (size_t)item->length);
    w->text = copy;
    w->n = (uint16_t)item->length;
    w->glyphs_n = (uint16_t)g->num_glyphs;
    w->backward = item->analysis.level & 1;
    w->face = item->analysis.font ? face_of(p, item->analysis.font) : NULL;
    for (int i = 0; i < g->num_glyphs; i++)
        glyph_copy(&w->glyphs[i], g, i, w->backward, item->length);
    if (w->n && w->face && w->face->space && !w->backward && (memmem(copy, w->n, "\u202f", 3) || memmem(copy, w->n, "\u00a0", 2)))
        spaces_plain(w, copy);
    for (size_t i = 0; i < w->glyphs_n; i++)
        w->width += w->glyphs[i].advance;
    return w;
}

static struct word *shape(struct press *p, unsigned key, const char *text, size_t n)
{
    struct word *first = NULL, **last = &first;

    pango_context_set_font_description(p->context, p->fonts[key]);
    GList *logical = pango_itemize(p->context, text, 0, (int)n, p->features[key], NULL);
    GList *items = pango_reorder_items(logical);
    PangoGlyphString *g = pango_glyph_string_new();
    for (GList *at = items; at; at = at->next) {
        *last = item_shape(p, at->data, text, n, g);
        last = &(*last)->more;
        pango_item_free(at->data);
    }
    pango_glyph_string_free(g);
    g_list_free(items);
    g_list_free(logical);
    return first;
}

/* --- the words kept --- */

static uint32_t hash_of(const struct press *p, unsigned key, const char *text, size_t n)
{
    uint32_t h = p->seed ^ (key * 0x9e3779b1u);

    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)text[i]) * 0x01000193u;
    return h ^ h >> 15;
}

static struct word **slot_of(struct press *p, uint32_t hash, unsigned key, const char *text, size_t n)
{
    struct word **at = &p->buckets[hash % BUCKETS];

    while (*at && !((*at)->hash == hash && (*at)->key == key && (*at)->whole_n == n && !memcmp((*at)->whole, text, n)))
        at = &(*at)->next;
    return at;
}

const struct word *word_find(struct press *p, unsigned key, const char *text, size_t n)
{
    unsigned kept_key = key + p->language * STYLES * LOOKS;
    uint32_t hash = hash_of(p, kept_key, text, n);
    struct word **slot = slot_of(p, hash, kept_key, text, n);

    if (*slot)
        return *slot;
    struct word *w = shape(p, key, text, n);
    if (!w)                     /* pango itemizes nothing of nothing */
        w = arena_get(p->memory, sizeof(*w));
    w->hash = hash;
    w->key = (uint16_t)kept_key;
    w->whole_n = (uint16_t)n;
    w->whole = w->more || !w->text || w->n != n ? arena_text(p->memory, text, n) : w->text;
    *slot = w;
    return w;
}

float word_width(const struct word *w)
{
    float width = 0;

    for (; w; w = w->more)
        width += w->width;
    return width;
}

bool word_has_letters(const struct word *w)
{
    for (size_t i = 0; i < w->whole_n; i++)
        if (((w->whole[i] | 32) >= 'a' && (w->whole[i] | 32) <= 'z') || (unsigned char)w->whole[i] >= 0xc3)
            return true;
    return false;
}
