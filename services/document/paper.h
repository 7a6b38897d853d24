/* A document on its way to paper: a flat list of blocks, each of which knows its place in lists and
 * quotes. Parsers make it, an engine typesets it. */
#pragma once

#include "base/text.h"

enum look { LOOK_BOLD = 1, LOOK_ITALIC = 2, LOOK_CODE = 4, LOOKS = 8 };

/* Text whose parts look different: run i goes from the end of run i - 1 to its own. '\n' ends a line. */
struct run   { size_t end; unsigned look; const char *url; };
struct prose { const char *text; size_t n; struct run *runs; size_t runs_n; };

#define COLUMNS_MOST 12
enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

/* A table: rows times columns cells, row by row; the first row is its header unless it has none. */
struct grid {
    int columns;
    size_t rows;
    bool headless;
    enum align align[COLUMNS_MOST];
    struct prose *cells;
};

#define INDENT_MOST 8           /* deeper lists and quotes are drawn at this depth */

enum block_kind { TITLE, SUBTITLE, FACTS, HEADING, PARAGRAPH, CODE_BLOCK, TABLE, RULE, TURN };

struct block {
    enum block_kind kind;
    int  level;                 /* HEADING: 1 to 6; TURN: 1 where another speaker begins */
    int  indent, quotes;        /* how many lists and quotes it is in */
    const char *marker;         /* the bullet or number in front of a list item's first block; a TURN's time, in the margin */
    bool tight;                 /* no space before it: items of a dense list */
    struct prose prose;
    struct grid *grid;          /* TABLE, FACTS */
    struct block *next;
};

struct paper {
    const char *title, *language, *author;
    int pages_most;
    struct prose running;       /* on top of every page but the first */
    const char *page_word;      /* before a page's number, with its space; "": none */
    struct block *first, **last;
    size_t blocks;
};

struct paper *paper_new(struct ctx *cx);
struct block *paper_add(struct ctx *cx, struct paper *p, enum block_kind kind);

/* Prose being put together. */
struct prose_maker { struct text text; struct run *runs; size_t n, room; };

struct prose_maker prose_start(struct ctx *cx, size_t max);
void prose_add(struct ctx *cx, struct prose_maker *m, const char *at, size_t n, unsigned look, const char *url);
struct prose prose_end(struct ctx *cx, struct prose_maker *m);
struct prose prose_plain(struct ctx *cx, const char *text, size_t n);
/* The part [from, to) of a prose; its text is not copied. */
struct prose prose_part(struct ctx *cx, const struct prose *p, size_t from, size_t to);
