#include "data/shape.h"
#include "base/clock.h"
#include "data/uuid.h"

#include <string.h>

const struct shape none_shape = { .name = "none", .doc = "Nothing.", .size = sizeof(struct none), .lenient = true };

/* The linker lays every SHAPE's address in one section and names its borders. */
extern const struct shape *const __start_shapes[] __attribute__((weak));
extern const struct shape *const __stop_shapes[] __attribute__((weak));

const struct shape *shape_named(const char *name)
{
    for (const struct shape *const *s = __start_shapes; s < __stop_shapes; s++)
        if (!strcmp((*s)->name, name))
            return *s;
    return NULL;
}

const struct field *shape_field(const struct shape *s, const char *name, size_t len)
{
    for (size_t i = 0; i < s->n; i++)
        if (!strncmp(s->fields[i].name, name, len) && !s->fields[i].name[len])
            return &s->fields[i];
    return NULL;
}

/* --- formats --- */

static const char *check_uuid(const char *text, size_t len)
{
    return uuid_is(text, len) ? NULL : "is not a UUID";
}

/* One @ with something before it and a dotted name behind: what a person can mistype, not RFC 5321. */
static const char *check_email(const char *text, size_t len)
{
    const char *at = memchr(text, '@', len), *dot = at ? strrchr(at, '.') : NULL;

    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] <= ' ' || strchr("\"(),:;<>[\\]", text[i]))
            return "is not an e-mail address";
    if (!at || at == text || at - text > 64 || strchr(at + 1, '@') || !dot || dot == at + 1 || !dot[1] || len > 254)
        return "is not an e-mail address";
    return NULL;
}

/* BCP 47 in outline: letters first, subtags of 1 to 8 letters or digits. */
static const char *check_language(const char *text, size_t len)
{
    size_t run = 0, first = strcspn(text, "-");

    if (first < 2 || first > 3 || len > 35)
        return "is not a language tag such as fr or en-GB";
    for (size_t i = 0; i <= len; i++) {
        char c = i < len ? text[i] : '-';
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z', digit = c >= '0' && c <= '9';
        if (c == '-' ? !run || run > 8 : !(letter || (digit && i > first)))
            return "is not a language tag such as fr or en-GB";
        run = c == '-' ? 0 : run + 1;
    }
    return NULL;
}

static const char *check_uri(const char *text, size_t len)
{
    bool web = len > 8 && (!strncmp(text, "http://", 7) || !strncmp(text, "https://", 8));

    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
            return "is not an http or https address";
    return web ? NULL : "is not an http or https address";
}

const struct format format_uuid = { "uuid", check_uuid }, format_email = { "email", check_email },
                    format_language = { "language", check_language }, format_uri = { "uri", check_uri };

/* --- what is wrong with a value --- */

static const char *number_flaw(struct ctx *cx, const struct field *f, double value)
{
    if (!f->min && !f->max)
        return NULL;
    if (value < (double)f->min)
        return arena_fmt(cx->arena, "is less than %lld", (long long)f->min);
    if (f->max && value > (double)f->max)
        return arena_fmt(cx->arena, "is more than %lld", (long long)f->max);
    return NULL;
}

static const char *words_flaw(struct ctx *cx, const char *const *words, const char *text)
{
    struct text all = text_new(cx->arena, 64, 1000);

    for (const char *const *word = words; *word; word++) {
        if (!strcmp(*word, text))
            return NULL;
        text_fmt(&all, "%s%s", word == words ? "" : ", ", *word);
    }
    return arena_fmt(cx->arena, "is not one of: %s", all.at);
}

static const char *text_flaw(struct ctx *cx, const struct field *f, const char *text)
{
    size_t len, max = f->max ? (size_t)f->max : TEXT_MAX_BYTES;

    if (!text)
        return NULL;
    if (f->one_of)
        return words_flaw(cx, f->one_of, text);
    len = strlen(text);
    if (len < (size_t)f->min)
        return len ? arena_fmt(cx->arena, "is shorter than %lld bytes", (long long)f->min) : "is empty";
    if (len > max)
        return arena_fmt(cx->arena, "is longer than %zu bytes", max);
    return f->format ? f->format->check(text, len) : NULL;
}

const char *field_flaw(struct ctx *cx, const struct field *f, const void *into)
{
    const void *at = (const char *)into + f->offset;

    switch (f->kind) {
    case TEXT: return text_flaw(cx, f, *(const char *const *)at);
    case INT:  return number_flaw(cx, f, *(const int *)at);
    case LONG: return number_flaw(cx, f, (double)*(const int64_t *)at);
    case REAL: return number_flaw(cx, f, *(const double *)at);
    default:   return NULL;
    }
}

static const char *set_long(const struct field *f, void *at, const char *text, size_t len)
{
    int64_t n;

    if (!text_to_long(text, len, &n))
        return "is not a whole number";
    if (f->kind == LONG)
        return *(int64_t *)at = n, NULL;
    if (n < INT32_MIN || n > INT32_MAX)
        return "is out of range";
    return *(int *)at = (int)n, NULL;
}

static const char *set_bool(void *at, const char *text, size_t len)
{
    static const char *const yes[] = { "t", "true", "1", "yes", "on" }, *const no[] = { "f", "false", "0", "no", "off", "" };

    for (size_t i = 0; i < COUNT(yes); i++)
        if (strlen(yes[i]) == len && !memcmp(yes[i], text, len))
            return *(bool *)at = true, NULL;
    for (size_t i = 0; i < COUNT(no); i++)
        if (strlen(no[i]) == len && !memcmp(no[i], text, len))
            return *(bool *)at = false, NULL;
    return "is not true or false";
}

const char *field_load(struct ctx *cx, const struct field *f, void *into, const char *text, size_t len)
{
    void *at = (char *)into + f->offset;
    (void)cx;

    switch (f->kind) {
    case TEXT: return *(const char **)at = text, NULL;
    case RAW:  return ((struct raw *)at)->text = text, NULL;
    case BOOL: return set_bool(at, text, len);
    case WHEN: return clock_parse_iso(text, len, &((struct when *)at)->ms) ? NULL : "is not a time such as 2026-11-21T09:12:00Z";
    case REAL: return text_to_real(text, len, at) ? NULL : "is not a number";
    case INT:
    case LONG: return set_long(f, at, text, len);
    default:   return "is not a single value";
    }
}

const char *field_keep(struct ctx *cx, const struct field *f, void *into, const char *text, size_t len)
{
    const char *flaw = field_load(cx, f, into, text, len);

    return flaw ? flaw : field_flaw(cx, f, into);
}

const char *field_set(struct ctx *cx, const struct field *f, void *into, const char *text, size_t len)
{
    return field_keep(cx, f, into, arena_text(cx->arena, text, len), len);
}
