#include "parts.h"

#include <string.h>

/* Code points that are no characters and never will be (Unicode 23.7): cairo refuses them, and pipes.h
 * uses two of them. Bytes of the one at `at`; 0: it is another. */
static size_t noncharacter(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;

    if (c[0] == 0xef)
        return (c[1] == 0xb7 && c[2] >= 0x90 && c[2] <= 0xaf) || (c[1] == 0xbf && c[2] >= 0xbe) ? 3 : 0;
    return c[0] >= 0xf0 && (c[1] & 15) == 15 && c[2] == 0xbf && c[3] >= 0xbe ? 4 : 0;
}

static const char *noncharacter_find(const char *at)
{
    for (; *at; at++)
        if ((unsigned char)*at >= 0xef && noncharacter(at))
            return at;
    return NULL;
}

static fallible text_clean(struct ctx *cx, const char **text)
{
    size_t n = *text ? strlen(*text) : 0;
    struct text out;

    if (!text_is_utf8(*text ? *text : "", n))
        return fail(cx, INPUT_INVALID, "A text of the document is not UTF-8.");
    const char *at = *text, *found = at ? noncharacter_find(at) : NULL;
    if (!found)
        return OK;
    out = text_new(cx->arena, n, n);
    for (; found; at = found + noncharacter(found), found = noncharacter_find(at))
        text_add(&out, at, (size_t)(found - at));
    text_put(&out, at);
    *text = out.at;
    return OK;
}

err_t texts_clean(struct ctx *cx, const char **const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        TRY(text_clean(cx, texts[i]));
    return OK;
}

err_t facts_clean(struct ctx *cx, struct list *facts)
{
    struct fact *clean = NEWS(cx, struct fact, facts->n);

    for (size_t i = 0; i < facts->n; i++) {
        clean[i] = ((const struct fact *)facts->at)[i];
        TRY(text_clean(cx, &clean[i].label));
        TRY(text_clean(cx, &clean[i].value));
    }
    facts->at = clean;
    return OK;
}

struct prose typed(struct ctx *cx, const char *text, enum manner manner)
{
    struct prose raw = prose_plain(cx, text, strlen(text));

    return typography(cx, &raw, manner);
}

void line_add(struct ctx *cx, struct paper *p, enum block_kind kind, const char *text, enum manner manner)
{
    struct block *b = paper_add(cx, p, kind);

    b->prose = typed(cx, text, manner);
    b->level = 1;
}

/* An address leads where it says. */
static struct prose value_of(struct ctx *cx, const char *value, enum manner manner)
{
    struct prose p;

    if (!text_starts(value, "https://") && !text_starts(value, "http://"))
        return typed(cx, value, manner);
    p = prose_plain(cx, value, strlen(value));
    p.runs->url = value;
    return p;
}

void facts_add(struct ctx *cx, struct paper *p, const struct list *facts, enum manner manner)
{
    struct grid *g = NEW(cx, struct grid);
    const struct fact *at = facts->at;

    *g = (struct grid){ .columns = 2, .rows = facts->n, .headless = true, .cells = NEWS(cx, struct prose, 2 * facts->n) };
    for (size_t i = 0; i < facts->n; i++) {
        g->cells[2 * i] = typed(cx, at[i].label, manner);
        g->cells[2 * i + 1] = value_of(cx, at[i].value, manner);
    }
    paper_add(cx, p, FACTS)->grid = g;
}
