/* Strips onto pages. A page ends at the last strip that does not have to stay with the next. */
#include "engines/pango.h"

#include "base/clock.h"

struct filler { struct sheet *s; struct page *page; float y; };

static fallible page_begin(struct filler *f)
{
    if (f->s->pages.n == (size_t)f->s->paper->pages_most)
        return fail(f->s->cx, INPUT_INVALID, "The document is longer than %d pages.", f->s->paper->pages_most);
    TRY(clock_check(f->s->cx));
    f->page = ADD(f->s, &f->s->pages);
    f->page->first = f->s->places.n;
    f->y = 0;
    return OK;
}

static void place(struct filler *f, size_t strip)
{
    const struct strip *at = &f->s->strips.at[strip];
    float before = f->page->n ? at->before : 0;

    *ADD(f->s, &f->s->places) = (struct place){ at, f->y + before };
    f->page->n++;
    f->y += before + at->height;
}

/* Rows at the top of a page come under their table's header again. */
static void header_repeat(struct filler *f, size_t strip)
{
    const struct row *row = f->s->strips.at[strip].row;

    if (!f->page->n && row && !row->header && row->table->header)
        place(f, row->table->header - 1);
}

static bool fits(const struct filler *f, size_t strip)
{
    const struct strip *at = &f->s->strips.at[strip];

    return f->y + at->before + at->height <= BODY_HEIGHT + 0.01f;
}

/* Where the page that `strip` no longer fits on should end: behind the strip before the one given. */
static size_t page_end(const struct filler *f, size_t first, size_t strip)
{
    for (size_t end = strip; end > first; end--)
        if (!f->s->strips.at[end - 1].keep)
            return end;
    return strip;               /* all of it wants to stay together */
}

/* Strips are placed while they fit, then those behind the page's end are taken back. */
err_t pages_break(struct sheet *s)
{
    struct filler f = { .s = s };
    size_t first = 0;

    TRY(page_begin(&f));
    for (size_t i = 0; i < s->strips.n;) {
        header_repeat(&f, i);
        if (i == first || fits(&f, i)) {            /* what is first on a page stays there */
            place(&f, i++);
            continue;
        }
        size_t end = page_end(&f, first, i);
        s->places.n -= i - end;
        f.page->n -= i - end;
        first = i = end;
        TRY(page_begin(&f));
    }
    return OK;
}
