#include "http/flaws.h"

#include <string.h>

#define LIST_MAX_BYTES (1u << 20)       /* a hundred flaws, their pointers a thousand bytes each at most */

const struct flaw *flaws_of(struct ctx *cx, const err_t e)
{
    struct flaw *f;
    size_t pointer = e->text[0] == '/' ? strcspn(e->text, " :") : 0;

    if (e->flaws)
        return e->flaws;
    f = NEW(cx, struct flaw);
    if (e->code == E_JSON_BROKEN) {
        *f = (struct flaw){ .at = "", .what = arena_fmt(cx->arena, "is not JSON: %s", e->text) };
        return f;
    }
    *f = (struct flaw){ .at = arena_text(cx->arena, e->text, pointer), .what = e->text + pointer + strspn(e->text + pointer, " :") };
    return f;
}

/* --- FastAPI's --- */

/* What its clients call a flaw that begins so; without words of theirs ours are told. */
static const struct { const char *what, *type, *msg; } kinds[] = {
    { "is missing",            "missing",           "Field required" },
    { "is not JSON",           "json_invalid",      NULL },
    { "is not known here",     "extra_forbidden",   "Extra inputs are not permitted" },
    { "is not a string",       "string_type",       "Input should be a valid string" },
    { "is not a number",       "float_type",        "Input should be a valid number" },
    { "is not a whole number", "int_type",          "Input should be a valid integer" },
    { "is not true or false",  "bool_type",         "Input should be a valid boolean" },
    { "is not a list",         "list_type",         "Input should be a valid list" },
    { "is not an object",      "dict_type",         "Input should be a valid dictionary" },
    { "is not a UUID",         "uuid_parsing",      "Input should be a valid UUID" },
    { "is not a time",         "datetime_parsing",  NULL },
    { "is not one of",         "enum",              NULL },
    { "is shorter than",       "string_too_short",  NULL },
    { "is empty",              "string_too_short",  NULL },
    { "is longer than",        "string_too_long",   NULL },
    { "is less than",          "greater_than_equal", NULL },
    { "is more than",          "less_than_equal",   NULL },
    { "has too few items",     "too_short",         NULL },
    { "has too many items",    "too_long",          NULL },
};

static void put_text(struct text *to, const char *text) { text_json(to, text, strlen(text)); }

/* The tokens of a JSON pointer, numbers as such. */
static void put_pointer(struct text *to, const char *at)
{
    int64_t index;

    while (*at == '/') {
        size_t n = strcspn(++at, "/");
        text_char(to, ',');
        if (text_to_long(at, n, &index))
            text_long(to, index);
        else
            text_json(to, at, n);
        at += n;
    }
}

/* What was sent is not told back: it may be a password. */
static void put_item(struct text *to, const struct flaw *f)
{
    static const char *const sources[] = { [IN_BODY] = "body", [IN_QUERY] = "query", [IN_PATH] = "path" };
    size_t k = 0;

    while (k < COUNT(kinds) && strncmp(f->what, kinds[k].what, strlen(kinds[k].what)))
        k++;
    text_fmt(to, "{\"type\":\"%s\",\"loc\":[\"%s\"", k < COUNT(kinds) ? kinds[k].type : "value_error", sources[f->whence]);
    put_pointer(to, f->at);
    text_put(to, "],\"msg\":");
    put_text(to, k < COUNT(kinds) && kinds[k].msg ? kinds[k].msg : f->what);
    text_put(to, ",\"input\":null}");
}

const char *flaws_list(struct ctx *cx, const struct flaw *flaws)
{
    struct text to = text_new(cx->arena, 512, LIST_MAX_BYTES);

    for (const struct flaw *f = flaws; f; f = f->next) {
        text_char(&to, f == flaws ? '[' : ',');
        put_item(&to, f);
    }
    text_char(&to, ']');
    return to.full ? "[]" : to.at;
}

/* --- by member --- */

static bool told_before(const struct flaw *first, const struct flaw *f)
{
    for (; first != f; first = first->next)
        if (!strcmp(first->at, f->at))
            return true;
    return false;
}

const char *flaws_by_member(struct ctx *cx, const struct flaw *flaws)
{
    struct text to = text_new(cx->arena, 512, LIST_MAX_BYTES);

    text_char(&to, '{');
    for (const struct flaw *f = flaws; f; f = f->next) {
        if (told_before(flaws, f))
            continue;
        if (to.n > 1)
            text_char(&to, ',');
        put_text(&to, f->at + (*f->at == '/'));
        const char *before = ":[";
        for (const struct flaw *same = f; same; same = same->next)
            if (!strcmp(same->at, f->at)) {
                text_put(&to, before);
                put_text(&to, same->what);
                before = ",";
            }
        text_char(&to, ']');
    }
    text_char(&to, '}');
    return to.full ? "{}" : to.at;
}
