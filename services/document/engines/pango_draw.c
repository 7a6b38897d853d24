/* Pages onto paper: text in its structure (tags), and what frames it. */
#include "engines/pango.h"

#include "base/clock.h"

#include <cairo-pdf.h>
#include <string.h>

#define FILE_MOST    (256u << 20)
#define OUTLINE_MOST 5000
#define CELLS_TAGGED 120            /* of a table; in larger ones only rows: a tag costs more than the cell's text */
#define HEAD_Y       46.0f
#define FOOT_Y       (PAGE_HEIGHT - 40.0f)

/* A document being drawn. */
struct drawing {
    struct sheet *s;
    cairo_surface_t *surface;
    cairo_t *cr;
    struct ink *ink;
    struct text file;
    const char *group, *tag;            /* those open */
    const struct block *block;          /* they are of */
    int outline[7], outline_n;          /* the last entry of each level */
};

/* --- shapes --- */

static void fill(struct drawing *d, float x, float y, float width, float height, enum colour colour)
{
    const float *c = colours[colour];

    cairo_set_source_rgb(d->cr, (double)c[0], (double)c[1], (double)c[2]);
    cairo_rectangle(d->cr, (double)x, (double)y, (double)width, (double)height);
    cairo_fill(d->cr);
}

/* --- structure: a group (list, table) holds parts (item, row); both end with their page --- */

static const char *group_of(const struct block *b)
{
    return b->kind == TABLE || b->kind == FACTS ? "Table" : b->indent ? "L" : NULL;
}

static const char *tag_of(const struct block *b)
{
    static const char *const headings[] = { "H1", "H2", "H3", "H4", "H5", "H6", "H6" };

    switch (b->kind) {
    case TITLE:      return "H1";
    case HEADING:    return headings[b->level];
    case TABLE:
    case FACTS:      return "TR";
    case CODE_BLOCK: return "Code";
    case RULE:       return NULL;
    default:         return b->indent ? "LI" : b->quotes ? "BlockQuote" : "P";
    }
}

static void tag_close(struct drawing *d)
{
    ink_flush(d->ink);
    if (d->tag)
        cairo_tag_end(d->cr, d->tag);
    d->tag = NULL;
}

static void group_close(struct drawing *d)
{
    tag_close(d);
    if (d->group)
        cairo_tag_end(d->cr, d->group);
    d->group = NULL;
    d->block = NULL;
}

/* A block's lines share a tag, a row has its own. */
static bool begins_part(const struct drawing *d, const struct strip *strip)
{
    return strip->row || strip->block != d->block;
}

static void part_close(struct drawing *d, const struct strip *strip)
{
    const char *group = group_of(strip->block);

    tag_close(d);
    if (group != d->group || (strip->row && strip->block != d->block))
        group_close(d);
}

static void part_open(struct drawing *d, const struct strip *strip)
{
    const char *group = group_of(strip->block);

    if (group && !d->group)
        cairo_tag_begin(d->cr, group, NULL);
    d->group = group;
    d->tag = tag_of(strip->block);
    d->block = strip->block;
    if (d->tag)
        cairo_tag_begin(d->cr, d->tag, NULL);
}

/* --- strips --- */

static float line_x(const struct line *line, float x, float width, enum align align)
{
    float spare = width - line->width;

    if (align == ALIGN_RIGHT || (align == ALIGN_LEFT && line->backward))
        return x + spare;
    return align == ALIGN_CENTRE ? x + spare / 2 : x;
}

static void cell_draw(struct drawing *d, const struct cell *cell, float y)
{
    const struct style *style = &styles[cell->style];

    for (size_t i = 0; i < cell->lines.n; i++) {
        const struct line *line = &cell->lines.at[i];
        float baseline = y + style->line * (float)i + style_baseline(cell->style);
        ink_line(d->ink, line, line_x(line, cell->x, cell->width, cell->align), baseline, style->colour);
    }
}

static void row_draw(struct drawing *d, const struct strip *strip, float y)
{
    const struct grid *g = strip->block->grid;
    const char *tag = g->rows * (size_t)g->columns > CELLS_TAGGED ? NULL : strip->row->header ? "TH" : "TD";

    for (int i = 0; i < strip->row->n; i++) {
        if (tag)
            cairo_tag_begin(d->cr, tag, NULL);
        cell_draw(d, &strip->row->cells[i], y + strip->baseline);
        if (!tag)
            continue;
        ink_flush(d->ink);
        cairo_tag_end(d->cr, tag);
    }
}

static void text_draw(struct drawing *d, const struct strip *strip, float y)
{
    const struct style *style = &styles[strip->style];

    if (strip->marker && strip->block->kind == TURN)
        ink_line(d->ink, strip->marker, MARGIN_SIDE, y + strip->baseline, styles[S_ASIDE].colour);
    else if (strip->marker)
        ink_line(d->ink, strip->marker, strip->x - 6 - strip->marker->width, y + strip->baseline, style->colour);
    ink_line(d->ink, strip->line, line_x(strip->line, strip->x, strip->width, ALIGN_LEFT), y + strip->baseline, style->colour);
}

/* --- what lies under the text --- */

static void row_frame(struct drawing *d, const struct strip *strip, float y)
{
    float bottom = y + strip->height;

    if (strip->block->kind == FACTS) {
        fill(d, MARGIN_SIDE, y, MEASURE, strip->height, SHADE);
        fill(d, MARGIN_SIDE, y, 2.5f, strip->height, ACCENT);
    } else if (strip->row->header) {
        fill(d, strip->x, y, strip->width, strip->height, SHADE);
        fill(d, strip->x, bottom - 0.9f, strip->width, 0.9f, ACCENT);
    } else {
        fill(d, strip->x, bottom - 0.4f, strip->width, strip->row->last ? 0.8f : 0.4f, strip->row->last ? ACCENT : HAIRLINE);
    }
}

static void quote_bars(struct drawing *d, const struct strip *strip, const struct place *above, float y)
{
    const struct block *b = strip->block;
    int shared = above && above->strip->block->quotes < b->quotes ? above->strip->block->quotes : above ? b->quotes : 0;

    for (int i = 0; i < b->quotes; i++) {
        float up = i < shared ? strip->before : 0;
        fill(d, MARGIN_SIDE + 15.0f * (float)i + 2, y - up, 1.6f, strip->height + up, HAIRLINE);
    }
}

static void frame_draw(struct drawing *d, const struct strip *strip, const struct place *above, float y)
{
    const struct block *b = strip->block;

    if (b->quotes)
        quote_bars(d, strip, above, y);
    if (strip->row)
        row_frame(d, strip, y);
    else if (b->kind == CODE_BLOCK)
        fill(d, strip->x - 9, y, strip->width + 18, strip->height, SHADE);
    else if (b->kind == RULE)
        fill(d, strip->x, y, strip->width, 0.6f, HAIRLINE);
}

static void strip_draw(struct drawing *d, const struct place *place, const struct place *above)
{
    const struct strip *strip = place->strip;
    float y = MARGIN_TOP + place->y;
    bool part = begins_part(d, strip);

    if (part)
        part_close(d, strip);
    frame_draw(d, strip, above, y);
    if (part)
        part_open(d, strip);
    if (strip->row)
        row_draw(d, strip, y);
    else if (strip->line)
        text_draw(d, strip, y);
}

/* --- pages --- */

static void small_line(struct drawing *d, const struct prose *p, float y, enum align align)
{
    struct pieces pieces = pieces_of(d->s, p, S_RUNNING);
    struct lines lines = lines_break(d->s, &pieces, MEASURE, false);

    if (lines.n)                /* a title too long for the line stops at its end */
        ink_line(d->ink, lines.at, line_x(lines.at, MARGIN_SIDE, MEASURE, align), y, styles[S_RUNNING].colour);
    ink_flush(d->ink);
}

static void furniture_draw(struct drawing *d, size_t page)
{
    /* The word keeps programs from taking "1 / 2" for one spaced-out word. */
    const char *number = arena_fmt(d->s->cx->arena, "%s%zu / %zu", d->s->paper->page_word, page + 1, d->s->pages.n);
    struct prose foot = prose_plain(d->s->cx, number, strlen(number));

    if (page) {
        small_line(d, &d->s->paper->running, HEAD_Y, ALIGN_LEFT);
        fill(d, MARGIN_SIDE, HEAD_Y + 6, MEASURE, 0.5f, HAIRLINE);
    }
    small_line(d, &foot, FOOT_Y, ALIGN_RIGHT);
}

static void outline_add(struct drawing *d, const struct place *place, size_t page)
{
    const struct block *b = place->strip->block;
    char *title = arena_text(d->s->cx->arena, b->prose.text, b->prose.n);

    for (char *at = title; *at; at++)
        *at = (unsigned char)*at < ' ' ? ' ' : *at;
    const char *where = arena_fmt(d->s->cx->arena, "page=%zu pos=[%d %d]", page + 1, (int)MARGIN_SIDE, (int)(MARGIN_TOP + place->y));
    int entry = cairo_pdf_surface_add_outline(d->surface, d->outline[b->level - 1], title, where,
                                              b->level == 1 ? CAIRO_PDF_OUTLINE_FLAG_OPEN : 0);
    for (int i = b->level; i < 7; i++)
        d->outline[i] = entry;
    d->outline_n++;
}

static void outline_page(struct drawing *d, size_t page)
{
    const struct place *places = d->s->places.at + d->s->pages.at[page].first;
    const struct block *last = NULL;

    for (size_t i = 0; i < d->s->pages.at[page].n; last = places[i++].strip->block) {
        const struct block *b = places[i].strip->block;
        if (b->kind == HEADING && b != last && b->prose.n && d->outline_n < OUTLINE_MOST)
            outline_add(d, &places[i], page);
    }
}

static void page_draw(struct drawing *d, size_t page)
{
    const struct page *p = &d->s->pages.at[page];
    const struct place *places = d->s->places.at + p->first;

    furniture_draw(d, page);
    for (size_t i = 0; i < p->n; i++)
        strip_draw(d, &places[i], i ? &places[i - 1] : NULL);
    group_close(d);
    cairo_show_page(d->cr);
}

/* --- the file --- */

static cairo_status_t file_add(void *with, const unsigned char *at, unsigned n)
{
    struct text *file = with;

    text_add(file, (const char *)at, n);
    return file->full ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void surface_drop(void *surface) { cairo_surface_destroy(surface); }
static void cr_drop(void *cr)           { cairo_destroy(cr); }

static void metadata_set(struct drawing *d)
{
    char now[CLOCK_ISO_BYTES];

    clock_iso(clock_wall_ms() / 1000 * 1000, now);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_TITLE, d->s->paper->title);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_AUTHOR, d->s->paper->author);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_CREATOR, "Palabre " PALABRE_VERSION);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_CREATE_DATE, now);
}

static void drawing_open(struct drawing *d)
{
    struct arena *home = d->s->cx->arena;

    d->file = text_new(home, 64 << 10, FILE_MOST);
    d->surface = cairo_pdf_surface_create_for_stream(file_add, &d->file, (double)PAGE_WIDTH, (double)PAGE_HEIGHT);
    d->cr = cairo_create(d->surface);
    arena_own(home, d->surface, surface_drop);
    arena_own(home, d->cr, cr_drop);
    d->ink = ink_new(d->s, d->cr);
    metadata_set(d);
}

err_t pages_draw(struct sheet *s, struct made *out)
{
    struct drawing d = { .s = s };

    drawing_open(&d);
    cairo_tag_begin(d.cr, "Document", NULL);
    for (size_t i = 0; i < s->pages.n; i++) {
        TRY(clock_check(s->cx));
        page_draw(&d, i);
    }
    cairo_tag_end(d.cr, "Document");
    for (size_t i = 0; i < s->pages.n; i++)
        outline_page(&d, i);
    cairo_surface_finish(d.surface);
    cairo_status_t status = cairo_status(d.cr) ? cairo_status(d.cr) : cairo_surface_status(d.surface);
    if (status)
        return fail(s->cx, BUG, "cairo: %s", cairo_status_to_string(status));
    *out = (struct made){ pdf_tell_language(s->cx, (struct bytes){ d.file.at, d.file.n }, s->paper->language), (int)s->pages.n };
    return OK;
}
