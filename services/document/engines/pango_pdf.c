/* What cairo 1.16 cannot say: the document's language, and that a window should show its title. The catalog
 * is the last object cairo writes, so two entries fit in without moving any other object: only the
 * cross-reference table behind it moves, and one number says where that is. */
#define _GNU_SOURCE
#include "engines/pango.h"

#include <string.h>

static const char *last_of(struct bytes pdf, const char *what, size_t before)
{
    size_t n = strlen(what);

    for (size_t i = before < pdf.n ? before : pdf.n; i-- > 0;)
        if (i + n <= pdf.n && !memcmp(pdf.at + i, what, n))
            return pdf.at + i;
    return NULL;
}

static bool is_tag(const char *language)
{
    return strlen(language) < 36 && !language[strspn(language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")];
}

struct bytes pdf_tell_language(struct ctx *cx, struct bytes pdf, const char *language)
{
    static const char catalog[] = "/Type /Catalog\n";
    const char *startxref = last_of(pdf, "startxref\n", pdf.n);
    const char *at = startxref ? last_of(pdf, catalog, (size_t)(startxref - pdf.at)) : NULL;
    int64_t xref;
    struct text out;

    if (!at || !is_tag(language))
        return pdf;
    at += sizeof(catalog) - 1;
    startxref += 10;
    size_t digits = strspn(startxref, "0123456789");
    bool last = text_to_long(startxref, digits, &xref) && xref > at - pdf.at && (size_t)xref + 4 < pdf.n && !memcmp(pdf.at + xref, "xref", 4);
    if (!last)
        return pdf;
    const char *more = arena_fmt(cx->arena, "   /Lang (%s)\n   /ViewerPreferences << /DisplayDocTitle true >>\n", language);
    out = text_new(cx->arena, pdf.n + 256, pdf.n + 256);
    text_add(&out, pdf.at, (size_t)(at - pdf.at));
    text_put(&out, more);
    text_add(&out, at, (size_t)(startxref - at));
    text_long(&out, xref + (int64_t)strlen(more));
    text_add(&out, startxref + digits, pdf.n - (size_t)(startxref + digits - pdf.at));
    return (struct bytes){ out.at, out.n };
}
