/* Query strings into shapes: application/x-www-form-urlencoded, WHATWG URL 5.1. */
#include "http/exchange.h"

#include <string.h>

#define PAIRS_MOST 64
#define FORM_TYPE  "application/x-www-form-urlencoded"

/* One component decoded; NULL: a bad escape, a NUL, or not UTF-8. */
static const char *decode(struct ctx *cx, const char *from, size_t n)
{
    char *to = arena_get(cx->arena, n + 1);
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        char c = from[i] == '+' ? ' ' : from[i];
        if (c == '%') {
            if (n - i < 3 || !text_unhex(from + i + 1, 2, &c) || !c)
                return NULL;
            i += 2;
        }
        to[len++] = c;
    }
    return text_is_utf8(to, len) ? to : NULL;
}

static void flaw(struct ctx *cx, struct flaw ***last, const char *name, const char *what)
{
    **last = NEW(cx, struct flaw);
    ***last = (struct flaw){ .at = arena_fmt(cx->arena, "/%s", name), .what = what };
    *last = &(**last)->next;
}

static void take_pair(struct ctx *cx, const struct shape *s, void *in, const char *pair, size_t n, uint64_t path, uint64_t *given, struct flaw ***last)
{
    const char *equals = memchr(pair, '=', n);
    size_t name_n = equals ? (size_t)(equals - pair) : n;
    const char *name = decode(cx, pair, name_n), *value = equals ? decode(cx, equals + 1, n - name_n - 1) : "";
    const struct field *f = name ? shape_field(s, name, strlen(name)) : NULL;
    const char *what;

    uint64_t bit = f ? (uint64_t)1 << (f - s->fields) : 0;
    if (!f || f->kind >= RAW || path & bit)
        return;
    if (*given & bit)
        flaw(cx, last, f->name, "is given twice");
    else if (!value)
        flaw(cx, last, f->name, "is not well encoded");
    else if ((what = field_keep(cx, f, in, value, strlen(value))))
        flaw(cx, last, f->name, what);
    *given |= bit;
}

static err_t flawed(struct ctx *cx, struct flaw *flaws)
{
    if (!flaws)
        return OK;
    err_t e = fail(cx, INPUT_INVALID, "%s %s", flaws->at, flaws->what);
    e->flaws = flaws;
    return e;
}

static err_t pairs_read(struct ctx *cx, const char *text, const struct shape *s, uint64_t elsewhere, bool whole, void *in)
{
    struct flaw *flaws = NULL, **last = &flaws;
    uint64_t given = 0;
    int pairs = 0;

    for (const char *at = text; at && *at;) {
        size_t n = strcspn(at, "&");
        if (++pairs > PAIRS_MOST)
            return fail(cx, INPUT_INVALID, "there are more than %d parameters", PAIRS_MOST);
        take_pair(cx, s, in, at, n, elsewhere, &given, &last);
        at += n + (at[n] == '&');
    }
    for (size_t i = 0; whole && i < s->n; i++)
        if (s->fields[i].need && !((given | elsewhere) >> i & 1))
            flaw(cx, &last, s->fields[i].name, "is missing");
    return flawed(cx, flaws);
}

err_t form_read(struct ctx *cx, const char *text, const struct shape *s, uint64_t elsewhere, void *in)
{
    return pairs_read(cx, text, s, elsewhere, false, in);
}

err_t form_read_whole(struct ctx *cx, const char *text, const struct shape *s, uint64_t elsewhere, void *in)
{
    return pairs_read(cx, text, s, elsewhere, true, in);
}

err_t exchange_query(struct ctx *cx, const struct exchange *x, const struct shape *s, void *in)
{
    err_t e = form_read(cx, x->request->query, s, x->route && route_in(x->route) == s ? route_path_fields(x->route) : 0, in);

    for (struct flaw *f = e ? e->flaws : NULL; f; f = f->next)
        f->whence = IN_QUERY;
    return e;
}

bool exchange_is_form(const struct exchange *x)
{
    const char *type = exchange_read_header(x, "Content-Type");

    return type && text_starts(type, FORM_TYPE) && (!type[strlen(FORM_TYPE)] || strchr("; ", type[strlen(FORM_TYPE)]));
}
