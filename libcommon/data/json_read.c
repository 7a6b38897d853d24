/* JSON into structs. cJSON builds the tree; what it would let through (bad UTF-8, U+0000, repeated keys,
 * loose numbers, deep nesting, text after the end) is refused before, byte by byte. Every flaw of an input
 * is collected, so that a caller repairs all of them at once. */
#include "data/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLAWS_MAX   100

/* --- the strict scan, without recursion --- */

struct scan { const char *at, *end, *wrong; int depth; char open[JSON_MAX_DEPTH + 1]; };

static bool wrong(struct scan *s, const char *what)
{
    if (!s->wrong)
        s->wrong = what;
    return false;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

static int hex4(const struct scan *s)
{
    int code = 0;

    if (s->end - s->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        unsigned char byte[1];
        char two[2] = { '0', s->at[i] };
        if (!text_unhex(two, 2, byte))
            return -1;
        code = code * 16 + byte[0];
    }
    return code;
}

static bool scan_escape(struct scan *s)
{
    if (s->at == s->end)
        return wrong(s, "a string is not closed");
    char c = *s->at++;
    if (c != 'u')
        return (c && strchr("\"\\/bfnrt", c)) || wrong(s, "a string has an unknown escape");
    int hi = hex4(s);
    if (hi <= 0 || (hi >= 0xdc00 && hi < 0xe000))
        return wrong(s, hi ? "a string has a bad \\u escape" : "a string holds U+0000");
    s->at += 4;
    if (hi < 0xd800 || hi >= 0xe000)
        return true;
    if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u')
        return wrong(s, "a string has half a surrogate pair");
    s->at += 2;
    int lo = hex4(s);
    s->at += 4;
    return (lo >= 0xdc00 && lo < 0xe000) || wrong(s, "a string has half a surrogate pair");
}

static bool scan_string(struct scan *s)
{
    for (s->at++; s->at < s->end && *s->at != '"';) {
        unsigned char c = (unsigned char)*s->at++;
        if (c < 0x20)
            return wrong(s, "a string has a raw control character");
        if (c == '\\' && !scan_escape(s))
            return false;
    }
    if (s->at == s->end)
        return wrong(s, "a string is not closed");
    s->at++;
    return true;
}

static size_t digits(struct scan *s)
{
    const char *from = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return (size_t)(s->at - from);
}

static bool scan_number(struct scan *s)
{
    s->at += *s->at == '-';
    bool zero = s->at < s->end && *s->at == '0';
    size_t whole = digits(s);

    if (!whole || (zero && whole > 1) || whole > 300)
        return wrong(s, "a number is not well-formed");
    if (s->at < s->end && *s->at == '.' && (s->at++, !digits(s)))
        return wrong(s, "a number is not well-formed");
    if (s->at < s->end && (*s->at | 32) == 'e') {
        s->at++;
        s->at += s->at < s->end && (*s->at == '+' || *s->at == '-');
        size_t exponent = digits(s);
        if (!exponent || exponent > 3)
            return wrong(s, "a number is not well-formed");
    }
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len))
        return wrong(s, "a value is not JSON");
    s->at += len;
    return true;
}

static bool scan_scalar(struct scan *s)
{
    switch (*s->at) {
    case '"': return scan_string(s);
    case 't': return scan_word(s, "true");
    case 'f': return scan_word(s, "false");
    case 'n': return scan_word(s, "null");
    default:
        return *s->at == '-' || (*s->at >= '0' && *s->at <= '9') ? scan_number(s) : wrong(s, "a value is not JSON");
    }
}

static bool scan_key(struct scan *s)
{
    skip_space(s);
    if (s->at == s->end || *s->at != '"' || !scan_string(s))
        return wrong(s, "an object has a member without a name");
    skip_space(s);
    if (s->at == s->end || *s->at++ != ':')
        return wrong(s, "a member has no colon");
    return true;
}

/* After a value: commas and closing brackets, up to where the next value begins. `more` tells if there is one. */
static bool scan_after(struct scan *s, bool *more)
{
    for (;;) {
        skip_space(s);
        if (!s->depth)
            return *more = false, s->at == s->end || wrong(s, "there is text after the end");
        if (s->at == s->end)
            return wrong(s, "the text ends too early");
        char c = *s->at++, open = s->open[s->depth];
        if (c == ',')
            return *more = true, open != '{' || scan_key(s);
        if (c != (open == '{' ? '}' : ']'))
            return wrong(s, "a bracket is not closed");
        s->depth--;
    }
}

/* At a value: opens brackets down to the first scalar or empty bracket, and passes it. */
static bool scan_value(struct scan *s)
{
    for (;;) {
        skip_space(s);
        if (s->at == s->end)
            return wrong(s, "the text ends too early");
        char c = *s->at;
        if (c != '{' && c != '[')
            return scan_scalar(s);
        if (s->depth == JSON_MAX_DEPTH)
            return wrong(s, "it is nested too deeply");
        s->open[++s->depth] = c;
        s->at++;
        skip_space(s);
        if (s->at < s->end && *s->at == (c == '{' ? '}' : ']')) {
            s->depth--;
            s->at++;
            return true;
        }
        if (c == '{' && !scan_key(s))
            return false;
    }
}

err_t json_check(struct ctx *cx, const char *text, size_t len)
{
    struct scan s = { .at = text, .end = text + len };
    bool more = true;

    if (len > JSON_MAX_BYTES)
        return fail(cx, BODY_TOO_LARGE, "%zu bytes of JSON are more than %u", len, JSON_MAX_BYTES);
    if (!text_is_utf8(text, len))
        return fail(cx, JSON_BROKEN, "it is not UTF-8");
    while (more && scan_value(&s) && scan_after(&s, &more))
        ;
    return s.wrong ? fail(cx, JSON_BROKEN, "%s (at byte %td)", s.wrong, s.at - text) : OK;
}

/* --- the tree into the struct --- */

struct path { const struct path *up; const char *key; size_t index; };

struct reader { struct ctx *cx; struct flaw *flaws, **last; int n; bool kept; };

static void put_path(struct text *to, const struct path *p)
{
    if (!p->up)
        return;
    put_path(to, p->up);
    text_char(to, '/');
    if (!p->key)
        text_long(to, (int64_t)p->index);
    for (const char *c = p->key; c && *c; c++)      /* RFC 6901: ~ and / are escaped */
        *c == '~' ? text_put(to, "~0") : *c == '/' ? text_put(to, "~1") : text_char(to, *c);
}

static void flaw(struct reader *r, const struct path *p, const char *what)
{
    struct text at = text_new(r->cx->arena, 64, 1000);

    if (r->n++ >= FLAWS_MAX)
        return;
    put_path(&at, p);
    *r->last = NEW(r->cx, struct flaw);
    **r->last = (struct flaw){ .at = at.at, .what = what };
    r->last = &(*r->last)->next;
}

static void read_object(struct reader *r, const struct path *p, const cJSON *from, const struct shape *s, uint64_t elsewhere, void *out);

static void read_list(struct reader *r, const struct path *p, const cJSON *from, const struct field *f, void *member)
{
    size_t n = (size_t)cJSON_GetArraySize(from), i = 0, size = f->kind == LIST ? f->of->size : sizeof(char *);
    size_t most = f->max ? (size_t)f->max : LIST_MAX_ITEMS;
    struct list *list = member;
    const cJSON *item;

    if (!cJSON_IsArray(from)) {
        flaw(r, p, "is not a list");
        return;
    }
    if (n > most || n < (size_t)f->min) {
        flaw(r, p, n > most ? "has too many items" : "has too few items");
        return;
    }
    *list = (struct list){ arena_gets(r->cx->arena, n, size), n };
    cJSON_ArrayForEach(item, from) {
        struct path at = { p, NULL, i };
        if (f->kind == LIST)
            read_object(r, &at, item, f->of, 0, (char *)list->at + i * size);
        else if (cJSON_IsString(item))
            ((const char **)list->at)[i] = item->valuestring;
        else
            flaw(r, &at, "is not a string");
        i++;
    }
}

static const char *read_number(const cJSON *from, const struct field *f, void *member)
{
    double v = from->valuedouble;

    if (!cJSON_IsNumber(from))
        return "is not a number";
    if (f->kind == REAL)
        return isfinite(v) ? (*(double *)member = v, NULL) : "is out of range";
    if (v != trunc(v))
        return "is not a whole number";
    if (fabs(v) > (f->kind == INT ? (double)INT32_MAX : (double)LONG_MOST))
        return "is out of range";
    if (f->kind == INT)
        *(int *)member = (int)v;
    else
        *(int64_t *)member = (int64_t)v;
    return NULL;
}

static const char *read_scalar(struct reader *r, const cJSON *from, const struct field *f, void *out)
{
    void *member = (char *)out + f->offset;

    switch (f->kind) {
    case BOOL:
        return cJSON_IsBool(from) ? (*(bool *)member = cJSON_IsTrue(from), NULL) : "is not true or false";
    case TEXT:
    case WHEN:
        if (!cJSON_IsString(from))
            return "is not a string";
        return field_keep(r->cx, f, out, from->valuestring, strlen(from->valuestring));
    case RAW:
        ((struct raw *)member)->text = arena_own(r->cx->arena, cJSON_PrintUnformatted(from), free);
        return NULL;
    default: {
        const char *what = read_number(from, f, member);
        return what ? what : field_flaw(r->cx, f, out);
    }
    }
}

static void read_member(struct reader *r, const struct path *p, const cJSON *from, const struct field *f, void *out)
{
    void *member = (char *)out + f->offset;
    const char *what;

    if (f->kind == LIST || f->kind == TEXTS)
        read_list(r, p, from, f, member);
    else if (f->kind == OBJECT)
        read_object(r, p, from, f->of, 0, member);
    else if ((what = read_scalar(r, from, f, out)))
        flaw(r, p, what);
}

/* null is as if the member were absent. */
static void read_object(struct reader *r, const struct path *p, const cJSON *from, const struct shape *s, uint64_t elsewhere, void *out)
{
    uint64_t given = 0;
    const cJSON *item;
    int n = 0;

    if (!cJSON_IsObject(from)) {
        flaw(r, p, "is not an object");
        return;
    }
    cJSON_ArrayForEach(item, from) {
        const struct field *f = shape_field(s, item->string, strlen(item->string));
        struct path at = { p, item->string, 0 };
        uint64_t bit = f ? (uint64_t)1 << (f - s->fields) : 0;
        if (++n > JSON_MAX_KEYS) {
            flaw(r, p, "has too many members");
            return;
        }
        if (!f && !s->lenient && !r->kept)
            flaw(r, &at, "is not known here");
        else if (elsewhere & bit)
            flaw(r, &at, "is told by the path");
        else if (given & bit)
            flaw(r, &at, "is given twice");
        else if (f && !cJSON_IsNull(item))
            read_member(r, &at, item, f, out), given |= bit;
    }
    for (size_t i = 0; i < s->n; i++) {
        struct path at = { p, s->fields[i].name, 0 };
        if (s->fields[i].need && !((given | elsewhere) >> i & 1))
            flaw(r, &at, "is missing");
    }
}

static void tree_drop(void *tree) { cJSON_Delete(tree); }

static err_t tree_read(struct ctx *cx, const char *text, size_t len, cJSON **tree)
{
    TRY(json_check(cx, text, len));
    *tree = cJSON_ParseWithLength(text, len);
    if (!*tree)
        return fail(cx, JSON_BROKEN, "it could not be read");
    arena_own(cx->arena, *tree, tree_drop);
    return OK;
}

static err_t read_all(struct reader *r, const char *text, size_t len, const struct shape *s, uint64_t elsewhere, void *out)
{
    struct path root = { NULL, NULL, 0 };
    cJSON *tree;

    r->last = &r->flaws;
    TRY(tree_read(r->cx, text, len, &tree));
    read_object(r, &root, tree, s, elsewhere, out);
    if (!r->flaws)
        return OK;

    err_t e = fail(r->cx, INPUT_INVALID, "%s %s", *r->flaws->at ? r->flaws->at : s->name, r->flaws->what);
    e->flaws = r->flaws;
    return e;
}

err_t json_read_rest(struct ctx *cx, const char *text, size_t len, const struct shape *s, uint64_t elsewhere, void *out)
{
    struct reader r = { .cx = cx };

    return read_all(&r, text, len, s, elsewhere, out);
}

err_t json_read_kept(struct ctx *cx, const char *text, const struct shape *s, void *out)
{
    struct reader r = { .cx = cx, .kept = true };

    return read_all(&r, text, strlen(text), s, 0, out);
}

err_t json_read(struct ctx *cx, const char *text, size_t len, const struct shape *s, void *out)
{
    return json_read_rest(cx, text, len, s, 0, out);
}

const char *json_text(struct ctx *cx, const char *json, const char *path)
{
    cJSON *at;

    if (tree_read(cx, json, strlen(json), &at) != OK)
        return NULL;
    while (at && *path) {
        size_t len = strcspn(path, "/");
        char *key = arena_text(cx->arena, path, len);
        int64_t index;
        at = !cJSON_IsArray(at)                     ? cJSON_GetObjectItemCaseSensitive(at, key)
             : text_to_long(key, len, &index) && index >= 0 && index < INT32_MAX ? cJSON_GetArrayItem(at, (int)index) : NULL;
        path += len + (path[len] == '/');
    }
    if (!at || cJSON_IsNull(at))
        return NULL;
    return cJSON_IsString(at) ? at->valuestring : arena_own(cx->arena, cJSON_PrintUnformatted(at), free);
}
