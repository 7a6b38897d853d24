#define _GNU_SOURCE
#include "pipes.h"

#include <string.h>

#define ROWS_MOST 50000

struct piece { size_t from, to; };

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static struct piece trimmed(const char *text, size_t from, size_t to)
{
    while (from < to && is_blank(text[from]))
        from++;
    while (to > from && is_blank(text[to - 1]))
        to--;
    return (struct piece){ from, to };
}

/* The cells of one line, at most `most` of them; the number there are. Outer pipes are optional. */
static size_t cells_of(const char *text, struct piece line, struct piece *cells, size_t most)
{
    size_t n = 0;

    line = trimmed(text, line.from, line.to);
    if (line.from < line.to && text[line.from] == '|')
        line.from++;
    if (line.to > line.from && text[line.to - 1] == '|')
        line.to--;
    for (size_t at = line.from;;) {
        const char *bar = memchr(text + at, '|', line.to - at);
        size_t end = bar ? (size_t)(bar - text) : line.to;
        if (n < most)
            cells[n] = trimmed(text, at, end);
        n++;
        if (!bar)
            return n;
        at = end + 1;
    }
}

/* ":---", "---:", ":-:" or "---". */
static bool align_of(const char *text, struct piece cell, enum align *align)
{
    bool left = cell.from < cell.to && text[cell.from] == ':';
    bool right = cell.to > cell.from + 1 && text[cell.to - 1] == ':';
    size_t from = cell.from + left, to = cell.to - right;

    for (size_t i = from; i < to; i++)
        if (text[i] != '-')
            return false;
    *align = left && right ? ALIGN_CENTRE : right ? ALIGN_RIGHT : ALIGN_LEFT;
    return to > from;
}

static bool is_delimiter(const char *text, struct piece line, struct grid *g)
{
    struct piece cells[COLUMNS_MOST];
    size_t n = cells_of(text, line, cells, COLUMNS_MOST);

    if (!n || n > COLUMNS_MOST || !memchr(text + line.from, '|', line.to - line.from))
        return false;
    g->columns = (int)n;
    for (size_t i = 0; i < n; i++)
        if (!align_of(text, cells[i], &g->align[i]))
            return false;
    return true;
}

static struct piece line_at(const struct prose *p, size_t from)
{
    const char *end = memchr(p->text + from, '\n', p->n - from);

    return (struct piece){ from, end ? (size_t)(end - p->text) : p->n };
}

/* The header line is the one before the first delimiter row that has as many cells. */
static bool header_find(const struct prose *p, struct grid *g, struct piece *header, size_t *body)
{
    struct piece last = line_at(p, 0);

    for (size_t at = last.to + 1; at <= p->n; at = last.to + 1) {
        struct piece line = line_at(p, at);
        if (is_delimiter(p->text, line, g) && cells_of(p->text, last, NULL, 0) == (size_t)g->columns) {
            *header = last;
            *body = line.to + 1;
            return true;
        }
        last = line;
    }
    return false;
}

static void row_add(struct ctx *cx, const struct prose *p, struct piece line, struct grid *g)
{
    struct piece cells[COLUMNS_MOST] = { 0 };
    struct prose *row = g->cells + g->rows++ * (size_t)g->columns;
    size_t n = cells_of(p->text, line, cells, COLUMNS_MOST);

    for (size_t i = 0; i < (size_t)g->columns && i < n; i++) {
        struct prose cell = prose_part(cx, p, cells[i].from, cells[i].to);
        row[i] = pipes_unmark(cx, &cell, true);
    }
}

static size_t lines_in(const char *text, size_t n)
{
    size_t lines = 1;

    for (const char *at = text, *end = text + n; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        lines++;
    return lines;
}

bool pipes_find(struct ctx *cx, const struct prose *p, struct grid **out, size_t *start)
{
    struct grid *g = NULL, found = { 0 };
    struct piece header;
    size_t body;

    if (!p->n || !memchr(p->text, '|', p->n) || !memchr(p->text, '\n', p->n) || !header_find(p, &found, &header, &body))
        return false;
    size_t rows = lines_in(p->text, p->n);
    g = NEW(cx, struct grid);
    *g = found;
    g->cells = NEWS(cx, struct prose, (rows < ROWS_MOST ? rows : ROWS_MOST) * (size_t)g->columns);
    row_add(cx, p, header, g);
    for (struct piece line; body < p->n && g->rows < ROWS_MOST; body = line.to + 1) {
        line = line_at(p, body);
        row_add(cx, p, line, g);
    }
    *out = g;
    *start = header.from;
    return true;
}

static void run_unmark(struct ctx *cx, struct prose_maker *out, const char *text, size_t from, const struct run *run, bool in_table)
{
    const char *pipe = in_table || !(run->look & LOOK_CODE) ? "|" : "\\|";

    while (from < run->end) {
        const char *mark = memmem(text + from, run->end - from, PIPE_MARK, 2);
        size_t end = mark ? (size_t)(mark - text) : run->end;
        prose_add(cx, out, text + from, end - from, run->look, run->url);
        if (!mark)
            return;
        bool is_pipe = mark[2] == PIPE_MARK[2], is_mark = is_pipe || mark[2] == NONE_MARK[2];
        if (!is_mark)           /* another character of that block */
            prose_add(cx, out, mark, 3, run->look, run->url);
        else if (is_pipe)
            prose_add(cx, out, pipe, strlen(pipe), run->look, run->url);
        from = end + 3;
    }
}

struct prose pipes_unmark(struct ctx *cx, const struct prose *p, bool in_table)
{
    struct prose_maker out;

    if (!p->n || !memmem(p->text, p->n, PIPE_MARK, 2))
        return *p;
    out = prose_start(cx, p->n);
    for (size_t r = 0; r < p->runs_n; r++)
        run_unmark(cx, &out, p->text, r ? p->runs[r - 1].end : 0, &p->runs[r], in_table);
    return prose_end(cx, &out);
}
