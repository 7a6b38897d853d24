#include "print.h"
#include "base/clock.h"
#include "data/json.h"

#include <ctype.h>
#include <string.h>

#define COLUMNS_MOST 16
#define CELL_WIDTH   120
#define GAP          2

/* --- one cell --- */

/* The bytes of the character at `at`; *obeyed: a terminal would do something else than show it. */
static size_t character(const unsigned char *at, bool *obeyed)
{
    size_t n = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    unsigned code = n == 1 ? *at : n == 2 ? (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu)
                  : (at[0] & 0xfu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);

    *obeyed = code < ' ' || (code >= 0x7f && code < 0xa0);                              /* C0, DEL, C1 */
    if (n == 3)                                                                         /* directions, line separators */
        *obeyed = (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return n;
}

const char *print_plain(struct ctx *cx, const char *text, size_t most)
{
    size_t len = strlen(text), shown = 0, cut = 0;
    struct text to = text_new(cx->arena, len + 8, len + 8);

    if (!text_is_utf8(text, len))
        return "(not UTF-8)";
    for (size_t i = 0, n; i < len && (!most || shown <= most); i += n, shown++) {
        bool obeyed;
        n = character((const unsigned char *)text + i, &obeyed);
        if (shown + 1 == most)
            cut = to.n;                 /* where the dots go when it is too long */
        if (obeyed)
            text_char(&to, text[i] == '\n' || text[i] == '\t' ? ' ' : '?');
        else
            text_add(&to, text + i, n);
    }
    if (!most || shown <= most)
        return to.n ? to.at : "";
    return arena_fmt(cx->arena, "%.*s…", (int)cut, to.at);
}

static const char *when_text(struct ctx *cx, struct when when)
{
    char iso[CLOCK_ISO_BYTES];

    clock_iso(when.ms / 1000 * 1000, iso);
    return arena_text(cx->arena, iso, strlen(iso));
}

/* "" when there is nothing. */
static const char *cell(struct ctx *cx, const struct field *f, const void *row)
{
    const void *at = (const char *)row + f->offset;
    int64_t number = f->kind == INT ? *(const int *)at : f->kind == LONG ? *(const int64_t *)at : 0;

    switch (f->kind) {
    case TEXT: return *(const char *const *)at ? *(const char *const *)at : "";
    case RAW:  return ((const struct raw *)at)->text ? ((const struct raw *)at)->text : "";
    case BOOL: return *(const bool *)at ? "yes" : "no";
    case INT:
    case LONG: return number == LONG_NONE ? "" : arena_fmt(cx->arena, "%lld", (long long)number);
    case WHEN: return ((const struct when *)at)->ms ? when_text(cx, *(const struct when *)at) : "";
    default:   return "";
    }
}

static size_t width(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* "created_at": "CREATED", "error_text": "ERROR TEXT". */
static const char *head(struct ctx *cx, const struct field *f)
{
    size_t n = strlen(f->name);
    char *name = arena_text(cx->arena, f->name, n > 3 && !strcmp(f->name + n - 3, "_at") ? n - 3 : n);

    for (char *c = name; *c; c++)
        *c = *c == '_' ? ' ' : (char)toupper((unsigned char)*c);
    return name;
}

/* --- tables --- */

struct table {
    struct ctl *c;
    struct ctx cx;                  /* a child arena: a table may be long */
    const struct field *fields[COLUMNS_MOST];
    size_t widths[COLUMNS_MOST], n;
};

static void columns_read(struct table *t, const struct shape *s, const char *columns)
{
    while (*(columns += strspn(columns, " ")) && t->n < COLUMNS_MOST) {
        size_t n = strcspn(columns, " ");
        const struct field *f = shape_field(s, columns, n);
        if (f)
            t->fields[t->n++] = f;
        columns += n;
    }
}

static const char *shown(struct table *t, size_t column, const void *row)
{
    const char *text = cell(&t->cx, t->fields[column], row);

    return *text ? print_plain(&t->cx, text, column + 1 < t->n ? CELL_WIDTH : 0) : "-";
}

static void measure(struct table *t, const struct shape *s, const struct list *rows)
{
    for (size_t column = 0; column < t->n; column++) {
        t->widths[column] = width(head(&t->cx, t->fields[column]));
        for (size_t i = 0; i < rows->n; i++) {
            size_t wide = width(shown(t, column, (const char *)rows->at + i * s->size));
            if (wide > t->widths[column])
                t->widths[column] = wide;
        }
    }
}

/* Numbers stand to the right; the last column ends with its text, or with the terminal. */
static void put_cell(struct table *t, size_t column, const char *text, size_t *used)
{
    enum kind kind = t->fields[column]->kind;
    size_t gap = t->widths[column] - width(text), left = t->c->width > (int)*used ? (size_t)t->c->width - *used : 0;
    bool last = column + 1 == t->n;

    if (kind == INT || kind == LONG)
        fprintf(t->c->out, "%*s", (int)gap, ""), gap = 0;
    if (last && t->c->width && left >= 8)
        text = print_plain(&t->cx, text, left);
    fputs(text, t->c->out);
    *used += t->widths[column] + GAP;
    fprintf(t->c->out, last ? "\n" : "%*s", (int)(gap + GAP), "");
}

static void put_line(struct table *t, const void *row)
{
    size_t used = 0;

    for (size_t column = 0; column < t->n; column++)
        put_cell(t, column, row ? shown(t, column, row) : head(&t->cx, t->fields[column]), &used);
}

void print_rows(struct ctl *c, bool json, const struct shape *s, const char *columns, const void *list)
{
    const struct list *rows = list;
    struct table t = { .c = c, .cx = { .arena = arena_new() } };

    for (size_t i = 0; json && i < rows->n; i++)
        print_json(c, s, (const char *)rows->at + i * s->size);
    if (!json) {
        columns_read(&t, s, columns);
        measure(&t, s, rows);
        put_line(&t, NULL);
        for (size_t i = 0; i < rows->n; i++)
            put_line(&t, (const char *)rows->at + i * s->size);
    }
    arena_free(t.cx.arena);
}

void print_json(struct ctl *c, const struct shape *s, const void *row)
{
    struct ctx cx = { .arena = arena_new() };

    fprintf(c->out, "%s\n", json_write(&cx, s, row));
    arena_free(cx.arena);
}

void print_row(struct ctl *c, const struct shape *s, const char *columns, const void *row)
{
    struct table t = { .c = c, .cx = { .arena = arena_new() } };

    columns_read(&t, s, columns);
    for (size_t i = 0; i < t.n; i++) {
        const char *text = cell(&t.cx, t.fields[i], row);
        if (*text)
            fprintf(c->out, "%-14s %s\n", t.fields[i]->name, print_plain(&t.cx, text, 0));
    }
    arena_free(t.cx.arena);
}
