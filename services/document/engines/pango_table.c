/* Tables: columns get the width their words need, then share the rest by what they would like to have. */
#include "engines/pango.h"

#define PAD_X      6.0f
#define PAD_Y      1.6f
#define FACT_PAD   12.0f
#define FACT_PAD_Y 4.0f         /* above the first and below the last */
#define FULL       0.58f        /* a table that wants this much of the measure gets all of it */

struct columns { float x[COLUMNS_MOST], width[COLUMNS_MOST]; };

struct wish { float least, most; };

static enum style_name style_of(const struct block *b, size_t row, int column)
{
    if (b->kind == FACTS)
        return column ? S_FACT : S_LABEL;
    return row || b->grid->headless ? S_CELL : S_HEAD_CELL;
}

static void wishes_of(const struct grid *g, const struct pieces *cells, float room, struct wish *wishes)
{
    float least, most, share = room / (float)g->columns;

    for (size_t i = 0; i < g->rows * (size_t)g->columns; i++) {
        struct wish *w = &wishes[i % (size_t)g->columns];
        pieces_measure(&cells[i], &least, &most);
        most += 0.5f;                               /* what rounding takes */
        least = least + 0.5f < share ? least + 0.5f : share;
        w->least = least > w->least ? least : w->least;
        w->most = most > w->most ? most : w->most;
    }
}

/* Columns that want no more than an even share get what they want, which leaves more for the others. The
 * width that is then left, and how many columns wait for it. */
static float modest_serve(const struct wish *wishes, int n, float room, float *widths, int *waiting)
{
    *waiting = n;
    for (bool served = true; served;) {
        served = false;
        for (int i = 0; i < n; i++) {
            if (widths[i] > 0 || wishes[i].most * (float)*waiting > room)
                continue;
            widths[i] = wishes[i].most;
            room -= wishes[i].most;
            --*waiting;
            served = true;
        }
    }
    return room;
}

/* Widths that fill `room`, or less of it when less is wanted. */
static void widths_share(const struct wish *wishes, int n, float room, float full, float *widths)
{
    float least = 0, most = 0;
    int waiting;
    float left = modest_serve(wishes, n, room, widths, &waiting);

    for (int i = 0; i < n; i++) {
        bool waits = waiting && !(widths[i] > 0);
        least += waits ? wishes[i].least : 0;
        most += !waiting || waits ? wishes[i].most : 0;
    }
    for (int i = 0; i < n; i++) {
        const struct wish *w = &wishes[i];
        if (!waiting && most >= full)
            widths[i] += left * (most > 0 ? w->most / most : 0);
        else if (waiting && !(widths[i] > 0))
            widths[i] = w->least + (most > least ? (left - least) * (w->most - w->least) / (most - least) : 0);
    }
}

static void columns_place(struct columns *c, int n, float x, float pad)
{
    for (int i = 0; i < n; i++) {
        c->x[i] = x + pad;
        x += c->width[i] + 2 * pad;
    }
}

static struct row *row_new(struct sheet *s, const struct block *b, const struct table *table, const struct columns *c, size_t at)
{
    const struct grid *g = b->grid;
    struct row *row = NEW(s->cx, struct row);

    *row = (struct row){ .n = g->columns, .cells = NEWS(s->cx, struct cell, (size_t)g->columns), .table = table,
                         .header = b->kind == TABLE && !at && !g->headless, .first = !at, .last = at + 1 == g->rows };
    for (int i = 0; i < g->columns; i++)
        row->cells[i] = (struct cell){ .x = c->x[i], .width = c->width[i], .align = g->align[i], .style = style_of(b, at, i) };
    return row;
}

static size_t lines_most(const struct row *row)
{
    size_t most = 1;

    for (int i = 0; i < row->n; i++)
        most = row->cells[i].lines.n > most ? row->cells[i].lines.n : most;
    return most;
}

static float line_height(const struct row *row)
{
    float most = 0;

    for (int i = 0; i < row->n; i++)
        most = styles[row->cells[i].style].line > most ? styles[row->cells[i].style].line : most;
    return most;
}

/* The n lines from `from` on of every cell. */
static struct row *row_slice(struct sheet *s, const struct row *row, size_t from, size_t n)
{
    struct row *part = NEW(s->cx, struct row);

    *part = *row;
    part->cells = NEWS(s->cx, struct cell, (size_t)row->n);
    for (int i = 0; i < row->n; i++) {
        const struct lines *all = &row->cells[i].lines;
        part->cells[i] = row->cells[i];
        part->cells[i].lines = (struct lines){ .at = all->at + (from < all->n ? from : all->n),
                                               .n = from >= all->n ? 0 : all->n - from < n ? all->n - from : n };
    }
    return part;
}

static struct strip *row_strip(struct sheet *s, const struct block *b, const struct row *row, float before, const struct columns *c)
{
    float line = line_height(row);
    struct strip *strip = strip_add(s, b, before, (float)lines_most(row) * line + 2 * PAD_Y);
    int last = row->n - 1;

    strip->row = row;
    strip->baseline = PAD_Y;
    strip->x = c->x[0] - PAD_X;
    strip->width = c->x[last] + c->width[last] + PAD_X - strip->x;
    return strip;
}

/* A row higher than a page comes in parts; others stay whole. */
static void row_set(struct sheet *s, const struct block *b, const struct row *row, struct table *table, float before, const struct columns *c)
{
    size_t fit = (size_t)((BODY_HEIGHT * 0.8f) / line_height(row)), all = lines_most(row);

    for (size_t from = 0; from < all; from += fit) {
        const struct row *part = all <= fit ? row : row_slice(s, row, from, fit);
        struct strip *strip = row_strip(s, b, part, from ? 0 : before, c);
        strip->keep = row->header && all <= fit;
        if (b->kind == FACTS && row->first && !from)
            strip->height += FACT_PAD_Y, strip->baseline += FACT_PAD_Y;
        if (b->kind == FACTS && row->last && from + fit >= all)
            strip->height += FACT_PAD_Y;
        if (row->header && all <= fit && strip->height < BODY_HEIGHT / 8)
            table->header = s->strips.n;
    }
}

static void rows_set(struct sheet *s, const struct block *b, const struct pieces *cells, const struct columns *c, float before)
{
    const struct grid *g = b->grid;
    struct table *table = NEW(s->cx, struct table);

    for (size_t r = 0; r < g->rows; r++) {
        struct row *row = row_new(s, b, table, c, r);
        for (int i = 0; i < g->columns; i++) {
            struct pieces pieces = cells[r * (size_t)g->columns + (size_t)i];
            row->cells[i].lines = lines_break(s, &pieces, c->width[i], false);
        }
        row_set(s, b, row, table, r ? 0 : before, c);
    }
}

static struct pieces *cells_cut(struct sheet *s, const struct block *b)
{
    const struct grid *g = b->grid;
    struct pieces *cells = NEWS(s->cx, struct pieces, g->rows * (size_t)g->columns);

    for (size_t i = 0; i < g->rows * (size_t)g->columns; i++)
        cells[i] = pieces_of(s, &g->cells[i], style_of(b, i / (size_t)g->columns, (int)(i % (size_t)g->columns)));
    return cells;
}

void table_set(struct sheet *s, const struct block *b, float x, float before)
{
    struct pieces *cells = cells_cut(s, b);
    struct wish wishes[COLUMNS_MOST] = { 0 };
    struct columns c = { 0 };
    int n = b->grid->columns;
    float room = MEASURE - x - 2 * PAD_X * (float)n;

    wishes_of(b->grid, cells, room, wishes);
    widths_share(wishes, n, room, room * FULL, c.width);
    columns_place(&c, n, MARGIN_SIDE + x, PAD_X);
    rows_set(s, b, cells, &c, before);
}

/* The metadata box: labels as wide as they are, up to a third; values take the rest. */
void facts_set(struct sheet *s, const struct block *b, float before)
{
    struct pieces *cells = cells_cut(s, b);
    struct wish wishes[COLUMNS_MOST] = { 0 };
    struct columns c = { 0 };
    float room = MEASURE - 2 * FACT_PAD - 4 * PAD_X;

    wishes_of(b->grid, cells, room, wishes);
    c.width[0] = wishes[0].most < room / 3 ? wishes[0].most : room / 3;
    c.width[1] = room - c.width[0];
    columns_place(&c, 2, MARGIN_SIDE + FACT_PAD, PAD_X);
    rows_set(s, b, cells, &c, before);
}
