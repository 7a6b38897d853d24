/* Inside the pango engine: shaped words become lines, lines become strips, strips become pages.
 * Lengths are points (1/72 inch); y grows downwards. */
#pragma once

#include "engine.h"

/* --- style: what text looks like (pango_style.c) --- */

#define PAGE_WIDTH    595.28f       /* A4 */
#define PAGE_HEIGHT   841.89f
#define MARGIN_SIDE   70.0f
#define MARGIN_TOP    72.0f
#define MARGIN_BOTTOM 76.0f
#define MEASURE       (PAGE_WIDTH - 2 * MARGIN_SIDE)
#define BODY_HEIGHT   (PAGE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM)

enum colour { INK, ACCENT, GREY, LINK_INK, HAIRLINE, SHADE, COLOURS };
extern const float colours[COLOURS][3];

enum style_name { S_TITLE, S_SUBTITLE, S_H1, S_H2, S_H3, S_BODY, S_CODE, S_CELL, S_HEAD_CELL, S_LABEL, S_FACT, S_RUNNING, S_ASIDE, STYLES };

struct style {
    const char *family;
    float size, line;               /* the letters; from one baseline to the next */
    bool  bold, italic;
    enum colour colour;
    const char *features;           /* OpenType; NULL: the font's own */
};
extern const struct style styles[STYLES];
extern const char *const code_family;
extern const float code_scale;      /* of code within other text */

float style_baseline(enum style_name s);        /* below the top of its line */

/* --- words: shaped once per thread (pango_word.c) --- */

struct _cairo_scaled_font;
struct _PangoFont;

struct face {
    struct _PangoFont *font;
    struct _cairo_scaled_font *scaled;
    uint32_t space;                 /* its glyph; 0: none */
    float space_width;
    struct face *next;
};

struct glyph { uint32_t id; float x, y, advance; uint8_t bytes; };      /* bytes: of the text, 0: goes with the glyph before */

#define GLYPH_EMPTY UINT32_MAX

/* A piece of text in one font: what stands between two places where a line may break, or part of it. */
struct word {
    struct word *next;              /* in its bucket */
    struct word *more;              /* the rest of it, in another font */
    uint32_t hash;
    float    width;                 /* without `more` */
    uint16_t key, n, glyphs_n;      /* key: style, look and language */
    uint16_t whole_n;               /* with `more` */
    bool     backward;              /* right to left */
    const struct face *face;
    const char *text, *whole;       /* `whole` is what was asked for */
    struct glyph glyphs[];
};

#define WORD_BYTES_MOST 96

struct press;
struct press *press_here(void);                     /* this thread's */
void press_start(struct press *p, const char *language);
const struct word *word_find(struct press *p, unsigned key, const char *text, size_t n);
float word_width(const struct word *w);             /* with `more` */
bool  word_has_letters(const struct word *w);

static inline unsigned word_key(enum style_name s, unsigned look) { return (unsigned)s * LOOKS + look; }

/* --- lines (pango_line.c) --- */

enum after { GLUE, FREE, SPACE, MUST };             /* what stands behind a piece: may, or must, a line end there? */

struct piece { const struct word *word; const char *url; float width, space; enum after after; };
struct line  { const struct piece *at; size_t n; float width, stretch; bool backward; };    /* stretch: of each space */

struct sheet;
struct pieces { struct piece *at; size_t n, room; };
struct lines  { struct line *at; size_t n, room; };

struct pieces pieces_of(struct sheet *s, const struct prose *p, enum style_name style);
/* What a column would like: its longest stretch that cannot break, and its longest line when nothing breaks. */
void pieces_measure(const struct pieces *p, float *least, float *most);
/* justify: all lines but the last fill the measure, chosen together; else each takes what it can. */
struct lines lines_break(struct sheet *s, struct pieces *pieces, float measure, bool justify);

/* --- strips: what a page is made of (pango_block.c, pango_table.c) --- */

struct cell { struct lines lines; float x, width; enum align align; enum style_name style; };
struct table { size_t header; };                    /* its header's strip, to repeat: counted from 1; 0: none */
struct row  { struct cell *cells; int n; const struct table *table; bool header, first, last; };

struct strip {
    const struct block *block;
    float before, height, baseline;                 /* before: space above, dropped on top of a page */
    float x, width;
    bool  keep;                                     /* no page may end after it */
    enum style_name style;
    const struct line *line;                        /* or */
    const struct row  *row;                         /* or neither: a rule */
    const struct line *marker;
};

struct place { const struct strip *strip; float y; };
struct page  { size_t first, n; };                  /* of the places */

/* One report being set. */
struct sheet {
    struct ctx *cx;
    struct press *press;
    const struct paper *paper;
    struct { struct strip *at; size_t n, room; } strips;
    struct { struct place *at; size_t n, room; } places;
    struct { struct page  *at; size_t n, room; } pages;
};

/* The new last item, zeroed, of a list { at, n, room }. */
#define ADD(s, l)  ((l)->n == (l)->room ? (void)((l)->at = sheet_grow((s), (l)->at, &(l)->room, sizeof(*(l)->at))) : (void)0, \
                    &(l)->at[(l)->n++])
void *sheet_grow(struct sheet *s, void *at, size_t *room, size_t size);

struct strip *strip_add(struct sheet *s, const struct block *b, float before, float height);
fallible blocks_set(struct sheet *s);               /* the paper's blocks into strips */
void table_set(struct sheet *s, const struct block *b, float x, float before);
void facts_set(struct sheet *s, const struct block *b, float before);

fallible pages_break(struct sheet *s);              /* strips into pages. INPUT_INVALID: too many */
fallible pages_draw(struct sheet *s, struct made *out);

/* --- ink (pango_ink.c): glyphs of one font and colour go to cairo together --- */

struct _cairo;
struct ink;
struct ink *ink_new(struct sheet *s, struct _cairo *cr);
void ink_line(struct ink *ink, const struct line *line, float x, float y, enum colour colour);
void ink_flush(struct ink *ink);                    /* before anything else is drawn */

/* A PDF whose catalog tells its language and asks for its title in the window. */
struct bytes pdf_tell_language(struct ctx *cx, struct bytes pdf, const char *language);
