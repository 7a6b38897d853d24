/* What people say and get, in the JSON of jobs' rows. */
#include "app/persons.h"
#include "data/json.h"

#include <string.h>

#define JSON_BYTES ((size_t)128 << 20)

/* Members of inputs, results and effects that are sealed; the rest says what is done, by which engine, for how much. */
static const char *const personal[] = { "text", "question", "material", "answer", "transcript", "words", "segments", "body", "prompt", "sections", "summary", "keywords" };

static bool is_personal(struct bytes name)
{
    for (size_t i = 0; i < COUNT(personal); i++)
        if (name.n == strlen(personal[i]) && !memcmp(personal[i], name.at, name.n))
            return true;
    return false;
}

static void put_member(struct text *to, struct bytes name, const char *value, size_t n)
{
    text_put(to, to->n > 1 ? ",\"" : "\"");
    text_add(to, name.at, name.n);
    text_put(to, "\":");
    text_add(to, value, n);
}

static struct text begin(struct ctx *cx, const char *json)
{
    struct text to = text_new(cx->arena, strlen(json) * 3 / 2 + 64, JSON_BYTES);

    text_char(&to, '{');
    return to;
}

static fallible end(struct ctx *cx, struct text *to, const char **out)
{
    text_char(to, '}');
    *out = to->at;
    return to->full ? fail(cx, BUG, "a job's JSON is too large to be sealed") : OK;
}

err_t person_seal_json(struct ctx *cx, const char *person, const char *json, const char **out)
{
    struct bytes name, value;
    const char *at = json, *sealed;

    *out = json;
    if (!cx->persons || !person || !json || !strchr(json, '"'))
        return OK;
    struct text to = begin(cx, json);
    while (json_next(&at, &name, &value))
        if (is_personal(name)) {
            TRY(person_seal(cx, person, value, &sealed));
            const char *quoted = arena_fmt(cx->arena, "\"%s\"", sealed);
            put_member(&to, name, quoted, strlen(quoted));
        } else {
            put_member(&to, name, value.at, value.n);
        }
    return end(cx, &to, out);
}

err_t person_open_json(struct ctx *cx, const char *person, const char *json, const char **out)
{
    struct bytes name, value;
    const char *at = json, *plain;

    *out = json;
    if (!person || !json || !strstr(json, "\"pk1."))
        return OK;
    struct text to = begin(cx, json);
    while (json_next(&at, &name, &value)) {
        bool sealed = is_personal(name) && text_starts(value.at, "\"pk1.");
        plain = value.at;
        if (sealed)         /* base64url: nothing in it is escaped */
            TRY(person_open(cx, person, arena_text(cx->arena, value.at + 1, value.n - 2), &plain));
        if (plain)
            put_member(&to, name, plain, sealed ? strlen(plain) : value.n);
    }
    return end(cx, &to, out);
}
