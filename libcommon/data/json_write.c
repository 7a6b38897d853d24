#include "data/json.h"
#include "base/clock.h"

#include <math.h>
#include <string.h>

#define ANSWER_MAX_BYTES (64u << 20)

static void put_texts(struct text *to, const struct texts *list)
{
    text_char(to, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i)
            text_char(to, ',');
        text_json(to, list->at[i], strlen(list->at[i]));
    }
    text_char(to, ']');
}

static void put_when(struct text *to, struct when when)
{
    char iso[CLOCK_ISO_BYTES];
    size_t n = clock_iso(when.ms, iso);

    text_char(to, '"');
    text_add(to, iso, n);
    text_char(to, '"');
}

static void put_long(struct text *to, int64_t n, int64_t none)
{
    if (n == none)
        text_put(to, "null");
    else
        text_long(to, n);
}

static void put_value(struct text *to, const struct field *f, const void *at)
{
    switch (f->kind) {
    case TEXT:   text_json(to, *(const char *const *)at, strlen(*(const char *const *)at)); break;
    case INT:    put_long(to, *(const int *)at, INT_NONE); break;
    case LONG:   put_long(to, *(const int64_t *)at, LONG_NONE); break;
    case REAL:   text_real(to, *(const double *)at); break;
    case BOOL:   text_put(to, *(const bool *)at ? "true" : "false"); break;
    case WHEN:   put_when(to, *(const struct when *)at); break;
    case RAW:    text_put(to, ((const struct raw *)at)->text); break;
    case TEXTS:  put_texts(to, at); break;
    case OBJECT: json_put(to, f->of, at); break;
    case LIST:   json_put_list(to, f->of, at); break;
    }
}

/* A name in quotes, with what stands before it and its colon, in one piece. */
static void put_name(struct text *to, char before, const char *name)
{
    size_t n = strlen(name);
    char *at = text_room(to, n + 4);

    if (!at)
        return;
    at[0] = before;
    at[1] = '"';
    memcpy(at + 2, name, n);
    memcpy(at + 2 + n, "\":", 3);
    to->n += n + 4;
}

static bool is_absent(const struct field *f, const void *at)
{
    switch (f->kind) {
    case TEXT: return !*(const char *const *)at;
    case RAW:  return !((const struct raw *)at)->text;
    case WHEN: return !((const struct when *)at)->ms;
    default:   return false;
    }
}

void json_put(struct text *to, const struct shape *s, const void *from)
{
    char before = '{';

    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        const void *at = (const char *)from + f->offset;
        bool absent = is_absent(f, at);
        if (f->secret || f->hidden || (absent && !f->nullable))
            continue;
        put_name(to, before, f->name);
        if (absent)
            text_put(to, "null");
        else
            put_value(to, f, at);
        before = ',';
    }
    text_put(to, before == '{' ? "{}" : "}");
}

void json_put_list(struct text *to, const struct shape *s, const struct list *list)
{
    text_char(to, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i)
            text_char(to, ',');
        json_put(to, s, (const char *)list->at + i * s->size);
    }
    text_char(to, ']');
}

char *json_write(struct ctx *cx, const struct shape *s, const void *from)
{
    struct text to = text_new(cx->arena, 512, ANSWER_MAX_BYTES);

    json_put(&to, s, from);
    return to.at;
}
