/* The embedded engine: cairo and pango. */
#include "engines/pango.h"

static err_t typeset(struct ctx *cx, const struct paper *paper, struct made *out)
{
    struct sheet s = { .cx = cx, .press = press_here(), .paper = paper };

    press_start(s.press, paper->language);
    TRY(blocks_set(&s));
    TRY(pages_break(&s));
    return pages_draw(&s, out);
}

const struct document_engine pango_engine = { "pango", "application/pdf", "pdf", typeset };
