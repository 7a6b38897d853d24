/* Blocks into strips: where each stands, how much air it has, what must stay together. */
#include "engines/pango.h"

#include "base/clock.h"

#include <string.h>

#define INDENT        18.0f
#define QUOTE_INDENT  15.0f
#define ASIDE         46.0f         /* the times beside a transcript */
#define CODE_INSET    9.0f
#define CODE_PAD      6.0f
#define NARROWEST     140.0f        /* indents go no further */

void *sheet_grow(struct sheet *s, void *at, size_t *room, size_t size)
{
    size_t more = *room ? 2 * *room : 16;
    void *grown = arena_gets(s->cx->arena, more, size);

    if (*room)
        memcpy(grown, at, *room * size);
    *room = more;
    return grown;
}

struct strip *strip_add(struct sheet *s, const struct block *b, float before, float height)
{
    struct strip *strip = ADD(s, &s->strips);

    *strip = (struct strip){ .block = b, .before = before, .height = height, .x = MARGIN_SIDE, .width = MEASURE };
    return strip;
}

static enum style_name style_of(const struct block *b)
{
    switch (b->kind) {
    case TITLE:      return S_TITLE;
    case SUBTITLE:   return S_SUBTITLE;
    case CODE_BLOCK: return S_CODE;
    case HEADING:    return b->level == 1 ? S_H1 : b->level == 2 ? S_H2 : S_H3;
    default:         return S_BODY;
    }
}

/* The space above a block. A heading belongs to what follows it. */
static float space_before(const struct block *b, const struct block *previous)
{
    static const float headings[] = { 0, 21, 16, 13, 12, 12, 12 };

    if (!previous)
        return 0;
    if (b->kind == SUBTITLE)
        return 3;
    if (b->kind == HEADING)
        return previous->kind == HEADING ? 7 : headings[b->level];
    if (previous->kind == HEADING)
        return 4.5f;
    if (b->kind == RULE || previous->kind == RULE)
        return 11;
    if (b->kind == TURN && previous->kind == FACTS)
        return 16;
    if (b->kind == FACTS || previous->kind == FACTS || b->kind == TABLE || previous->kind == TABLE)
        return 12;
    if (b->kind == CODE_BLOCK || previous->kind == CODE_BLOCK)
        return 9;
    if (b->kind == TURN)
        return b->level ? 8.5f : 5;
    return b->tight ? 1.5f : 6.5f;
}

/* Two lines at least on either side of a page's end, and a heading whole with what it heads. */
static bool is_kept(const struct block *b, size_t i, size_t n)
{
    if (b->kind == HEADING || b->kind == TITLE || b->kind == SUBTITLE)
        return true;
    return i + 1 < n && (i == 0 || i + 2 == n);
}

static const struct line *marker_line(struct sheet *s, const struct block *b)
{
    struct prose p = prose_plain(s->cx, b->marker, strlen(b->marker));
    struct pieces pieces = pieces_of(s, &p, b->kind == TURN ? S_ASIDE : S_BODY);

    return lines_break(s, &pieces, MEASURE, false).at;
}

static float inset_of(const struct block *b)
{
    float x = INDENT * (float)b->indent + QUOTE_INDENT * (float)b->quotes + (b->kind == TURN && b->marker ? ASIDE : 0);

    return x < MEASURE - NARROWEST ? x : MEASURE - NARROWEST;
}

static void text_set(struct sheet *s, const struct block *b, float x, float before)
{
    enum style_name style = style_of(b);
    bool code = b->kind == CODE_BLOCK;
    float inset = code ? CODE_INSET : 0, width = MEASURE - x - 2 * inset;
    struct pieces pieces = pieces_of(s, &b->prose, style);
    struct lines lines = lines_break(s, &pieces, width, b->kind == PARAGRAPH || b->kind == TURN);

    if (!lines.n)               /* an empty item still shows its marker */
        *ADD(s, &lines) = (struct line){ 0 };
    for (size_t i = 0; i < lines.n; i++) {
        struct strip *strip = strip_add(s, b, i ? 0 : before, styles[style].line);
        strip->style = style;
        strip->line = &lines.at[i];
        strip->baseline = style_baseline(style);
        strip->x = MARGIN_SIDE + x + inset;
        strip->width = width;
        strip->keep = is_kept(b, i, lines.n);
        if (code && i == 0)
            strip->height += CODE_PAD, strip->baseline += CODE_PAD;
        if (code && i + 1 == lines.n)
            strip->height += CODE_PAD;
        if (i == 0 && b->marker)
            strip->marker = marker_line(s, b);
    }
}

static void rule_set(struct sheet *s, const struct block *b, float x, float before, float height)
{
    struct strip *strip = strip_add(s, b, before, height);

    strip->x = MARGIN_SIDE + x;
    strip->width = MEASURE - x;
}

static void block_set(struct sheet *s, const struct block *b, float before)
{
    float x = inset_of(b);

    switch (b->kind) {
    case RULE:  rule_set(s, b, x, before, 1); break;
    case TABLE: table_set(s, b, x, before); break;
    case FACTS: facts_set(s, b, before); break;
    default:    text_set(s, b, x, before);
    }
}

err_t blocks_set(struct sheet *s)
{
    const struct block *previous = NULL;

    for (const struct block *b = s->paper->first; b; previous = b, b = b->next) {
        TRY(clock_check(s->cx));
        block_set(s, b, space_before(b, previous));
    }
    return OK;
}
