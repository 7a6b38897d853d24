/* Server-sent events, by the parsing rules of WHATWG HTML 9.2.6. What concerns a browser only (retry,
 * reconnecting) is left out; bytes that are not UTF-8 are handed on as they came. */
#define _GNU_SOURCE
#include "sse.h"

#include <string.h>

struct sse {
    struct text line;           /* the start of a line whose end has not come yet */
    struct text data, type, id; /* id outlives its event: a later one without id has it too */
    size_t max;
    bool begun;                 /* the first line is behind us: a byte order mark is text now */
    bool after_cr;              /* a line feed that comes next belongs to the line that ended */
};

struct listener { err_t (*on)(struct ctx *cx, void *with, const struct sse_event *e); void *with; };

struct sse *sse_new(struct arena *a, size_t max_bytes)
{
    struct sse *s = arena_get(a, sizeof(*s));

    /* One byte more for the line feed that data has at its end until it is dispatched. */
    *s = (struct sse){ .line = text_new(a, 1024, max_bytes), .data = text_new(a, 1024, max_bytes + 1),
                       .type = text_new(a, 0, max_bytes), .id = text_new(a, 0, max_bytes), .max = max_bytes };
    return s;
}

static void empty(struct text *t)
{
    t->n = 0;
    t->at[0] = '\0';
}

static void put(struct text *to, struct bytes value)
{
    empty(to);
    text_add(to, value.at, value.n);
}

static fallible dispatch(struct ctx *cx, struct sse *s, const struct listener *l)
{
    if (!s->data.n) {
        empty(&s->type);
        return OK;
    }
    s->data.at[--s->data.n] = '\0';
    struct sse_event e = { .type = s->type.at, .id = s->id.at, .data = { s->data.at, s->data.n } };
    err_t failed = l->on(cx, l->with, &e);
    empty(&s->data);
    empty(&s->type);
    return failed;
}

static bool is_field(struct bytes name, const char *want)
{
    return name.n == strlen(want) && !memcmp(name.at, want, name.n);
}

static fallible take_field(struct ctx *cx, struct sse *s, struct bytes name, struct bytes value)
{
    if (is_field(name, "data")) {
        text_add(&s->data, value.at, value.n);
        text_char(&s->data, '\n');
        if (s->data.full)
            return fail(cx, ENGINE_BROKEN, "an event of the stream is longer than %zu bytes", s->max);
    } else if (is_field(name, "event")) {
        put(&s->type, value);
    } else if (is_field(name, "id") && !(value.n && memchr(value.at, '\0', value.n))) {
        put(&s->id, value);
    }
    return OK;
}

static fallible take_line(struct ctx *cx, struct sse *s, struct bytes line, const struct listener *l)
{
    if (!s->begun && line.n >= 3 && !memcmp(line.at, "\xEF\xBB\xBF", 3))
        line = (struct bytes){ line.at + 3, line.n - 3 };
    s->begun = true;
    if (!line.n)
        return dispatch(cx, s, l);

    const char *colon = memchr(line.at, ':', line.n);
    struct bytes name = { line.at, colon ? (size_t)(colon - line.at) : line.n };
    struct bytes value = { "", 0 };
    if (colon)
        value = (struct bytes){ colon + 1, line.n - name.n - 1 };
    if (value.n && value.at[0] == ' ')
        value = (struct bytes){ value.at + 1, value.n - 1 };
    return take_field(cx, s, name, value);
}

/* A line whose end is at hand; its start may be waiting in s->line. */
static fallible end_line(struct ctx *cx, struct sse *s, struct bytes rest, const struct listener *l)
{
    if (!s->line.n)
        return rest.n > s->max ? fail(cx, ENGINE_BROKEN, "a line of the stream is longer than %zu bytes", s->max)
                               : take_line(cx, s, rest, l);
    text_add(&s->line, rest.at, rest.n);
    if (s->line.full)
        return fail(cx, ENGINE_BROKEN, "a line of the stream is longer than %zu bytes", s->max);
    err_t failed = take_line(cx, s, (struct bytes){ s->line.at, s->line.n }, l);
    empty(&s->line);
    return failed;
}

err_t sse_feed(struct ctx *cx, struct sse *s, const char *at, size_t n,
               err_t (*on)(struct ctx *cx, void *with, const struct sse_event *e), void *with)
{
    const struct listener l = { on, with };
    size_t start = 0;

    for (size_t i = 0; i < n; i++) {
        if (s->after_cr && at[i] == '\n') {
            s->after_cr = false;
            start = i + 1;
            continue;
        }
        s->after_cr = false;
        if (at[i] != '\n' && at[i] != '\r')
            continue;
        s->after_cr = at[i] == '\r';
        TRY(end_line(cx, s, (struct bytes){ at + start, i - start }, &l));
        start = i + 1;
    }
    if (start < n)
        text_add(&s->line, at + start, n - start);
    if (s->line.full)
        return fail(cx, ENGINE_BROKEN, "a line of the stream is longer than %zu bytes", s->max);
    return OK;
}
