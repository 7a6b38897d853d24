/* Any text as a report: what it is parsed into holds together, and it can be set. */
#include "markdown.h"
#include "report.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void prose_hold(const struct prose *p)
{
    size_t last = 0;

    for (size_t i = 0; i < p->runs_n; i++) {
        if (p->runs[i].end < last || p->runs[i].look >= LOOKS)
            abort();
        last = p->runs[i].end;
    }
    if (last != p->n || !text_is_utf8(p->n ? p->text : "", p->n))
        abort();
}

static void block_hold(const struct block *b)
{
    prose_hold(&b->prose);
    if (b->indent > INDENT_MOST || b->quotes > INDENT_MOST || b->level > 6)
        abort();
    for (size_t i = 0; b->grid && i < b->grid->rows * (size_t)b->grid->columns; i++)
        prose_hold(&b->grid->cells[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    const char *text = arena_text(cx.arena, (const char *)data, size);
    struct document_report r = { .title = "T", .body = text, .language = size % 2 ? "fr" : "en" };
    struct paper *p = paper_new(&cx);
    struct bytes pdf;

    if (size && !report_typeset(&cx, &r, &pdf)) {
        markdown_add(&cx, p, text, size % 3 ? MANNER_FRENCH : MANNER_ENGLISH, 0);
        for (const struct block *b = p->first; b; b = b->next)
            block_hold(b);
    }
    arena_free(cx.arena);
    return 0;
}
