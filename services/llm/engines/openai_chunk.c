#include "openai_chunk.h"

#include "data/shape.h"

#include <string.h>

#define DEPTH_MOST 64
#define TEXT_MOST  (1u << 20)

struct scan { struct arena *arena; const char *at, *end; bool bad; };

static bool spoil(struct scan *s)
{
    s->bad = true;
    s->at = s->end;
    return false;
}

static char peek(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
    return s->at < s->end ? *s->at : '\0';
}

static bool take(struct scan *s, char c)
{
    if (peek(s) != c)
        return false;
    s->at++;
    return true;
}

/* --- strings --- */

static int hex4(const char *at, const char *end)
{
    unsigned char two[2];

    return end - at >= 4 && text_unhex(at, 4, two) ? two[0] << 8 | two[1] : -1;
}

/* The character of \uXXXX at `at`, with its second half; 0: none that we take. */
static unsigned escaped(const char **at, const char *end)
{
    int hi = hex4(*at, end), lo;

    if (hi <= 0 || (hi >= 0xdc00 && hi < 0xe000))
        return 0;
    *at += 4;
    if (hi < 0xd800 || hi >= 0xe000)
        return (unsigned)hi;
    if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return 0;
    lo = hex4(*at + 2, end);
    *at += 6;
    return lo >= 0xdc00 && lo < 0xe000 ? 0x10000u + ((unsigned)(hi - 0xd800) << 10) + (unsigned)(lo - 0xdc00) : 0;
}

static void utf8_put(struct text *to, unsigned c)
{
    char b[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    for (size_t i = n; i-- > 1; c >>= 6)
        b[i] = (char)(0x80 | (c & 0x3f));
    b[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xffu) | c);
    text_add(to, b, n);
}

static bool unescape(struct scan *s, struct bytes raw, struct bytes *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    struct text to = text_new(s->arena, raw.n + 4, TEXT_MOST);
    const char *at = raw.at, *end = raw.at + raw.n;

    while (at < end) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        text_add(&to, at, (size_t)((slash ? slash : end) - at));
        if (!slash)
            break;
        at = slash + 2;
        const char *name = strchr(names, slash[1]);
        unsigned c = slash[1] == 'u' ? escaped(&at, end) : name && *name ? (unsigned char)values[name - names] : 0;
        if (!c)
            return spoil(s);
        utf8_put(&to, c);
    }
    *out = (struct bytes){ to.at, to.n };
    return !to.full || spoil(s);
}

/* A string as it stands, its escapes unread: `escapes` tells whether there are any. */
static bool string_raw(struct scan *s, struct bytes *out, bool *escapes)
{
    if (!take(s, '"'))
        return spoil(s);
    out->at = s->at;
    *escapes = false;
    for (; s->at < s->end && *s->at != '"'; s->at++) {
        if ((unsigned char)*s->at < 0x20)
            return spoil(s);
        if (*s->at == '\\') {
            *escapes = true;
            if (++s->at == s->end)
                return spoil(s);
        }
    }
    if (s->at >= s->end)
        return spoil(s);
    out->n = (size_t)(s->at++ - out->at);
    return true;
}

static bool string_read(struct scan *s, struct bytes *out)
{
    struct bytes raw;
    bool escapes;

    if (!string_raw(s, &raw, &escapes) || !text_is_utf8(raw.at, raw.n))
        return spoil(s);
    if (escapes)
        return unescape(s, raw, out);
    *out = raw;
    return true;
}

/* --- values --- */

/* What numbers, true, false and null are made of. */
static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' || c == '+' || c == '.';
}

static bool word_skip(struct scan *s)
{
    const char *from = s->at;

    while (s->at < s->end && is_plain(*s->at))
        s->at++;
    return s->at > from || spoil(s);
}

/* Any value: brackets are matched, what stands between them is not judged. */
static bool value_skip(struct scan *s)
{
    char open[DEPTH_MOST];
    struct bytes ignored;
    bool escapes;
    int depth = 0;

    do {
        char c = peek(s);
        if (c == '{' || c == '[') {
            if (depth == DEPTH_MOST)
                return spoil(s);
            open[depth++] = c;
            s->at++;
        } else if (c == '}' || c == ']') {
            if (!depth || open[--depth] != (c == '}' ? '{' : '['))
                return spoil(s);
            s->at++;
        } else if (c == '"') {
            if (!string_raw(s, &ignored, &escapes))
                return false;
        } else if ((c == ',' || c == ':') && depth) {
            s->at++;
        } else if (!word_skip(s)) {
            return false;
        }
    } while (depth && !s->bad);
    return !s->bad;
}

static bool is_null(struct scan *s)
{
    if (peek(s) != 'n')
        return false;
    return s->end - s->at >= 4 && !memcmp(s->at, "null", 4) ? (s->at += 4, true) : spoil(s);
}

static void text_read(struct scan *s, struct bytes *out)
{
    if (peek(s) == '"')
        string_read(s, out);
    else
        value_skip(s);
}

/* Token counts are whole and not negative; what is not stays unknown. */
static void long_read(struct scan *s, int64_t *out)
{
    int64_t v;

    peek(s);
    const char *from = s->at;
    if (value_skip(s) && text_to_long(from, (size_t)(s->at - from), &v) && v >= 0)
        *out = v;
}

/* --- objects and lists: one reader per member, by a table --- */

struct member { const char *key; void (*read)(struct scan *s, struct chunk *out); };

static void object_read(struct scan *s, const struct member *members, struct chunk *out)
{
    struct bytes key;
    bool escapes;

    if (is_null(s))
        return;
    if (!take(s, '{')) {
        value_skip(s);
        return;
    }
    if (take(s, '}'))
        return;
    do {
        const struct member *m = members;
        if (!string_raw(s, &key, &escapes) || !take(s, ':')) {
            spoil(s);
            return;
        }
        while (m->key && (strncmp(m->key, key.at, key.n) || m->key[key.n]))
            m++;
        m->key ? m->read(s, out) : (void)value_skip(s);
    } while (!s->bad && take(s, ','));
    if (!s->bad && !take(s, '}'))
        spoil(s);
}

static void list_read(struct scan *s, void (*item)(struct scan *s, struct chunk *out), struct chunk *out)
{
    if (!take(s, '[')) {
        value_skip(s);
        return;
    }
    if (take(s, ']'))
        return;
    do
        item(s, out);
    while (!s->bad && take(s, ','));
    if (!s->bad && !take(s, ']'))
        spoil(s);
}

static void content_join(struct scan *s, struct chunk *out, struct bytes more)
{
    struct text all = text_new(s->arena, out->content.n + more.n + 1, TEXT_MOST);

    if (!out->content.n) {
        out->content = more;
        return;
    }
    text_add(&all, out->content.at, out->content.n);
    text_add(&all, more.at, more.n);
    out->content = (struct bytes){ all.at, all.n };
}

/* Mistral's reasoning models: {"type":"text","text":"..."}; "thinking" parts hold no text of their own. */
static void part_text(struct scan *s, struct chunk *out)
{
    struct bytes more = { 0 };

    text_read(s, &more);
    content_join(s, out, more);
}

static void part_read(struct scan *s, struct chunk *out)
{
    static const struct member members[] = { { "text", part_text }, { 0 } };

    object_read(s, members, out);
}

static void content_read(struct scan *s, struct chunk *out)
{
    if (peek(s) == '[')
        list_read(s, part_read, out);
    else
        part_text(s, out);
}

static void refusal_read(struct scan *s, struct chunk *out) { text_read(s, &out->refusal); }
static void finish_read(struct scan *s, struct chunk *out)  { text_read(s, &out->finish); }

static void delta_read(struct scan *s, struct chunk *out)
{
    static const struct member members[] = { { "content", content_read }, { "refusal", refusal_read }, { 0 } };

    object_read(s, members, out);
}

static void choice_read(struct scan *s, struct chunk *out)
{
    static const struct member members[] = {
        { "delta", delta_read }, { "message", delta_read }, { "finish_reason", finish_read }, { 0 } };

    object_read(s, members, out);
}

static void choices_read(struct scan *s, struct chunk *out) { list_read(s, choice_read, out); }

static void cached_read(struct scan *s, struct chunk *out)     { long_read(s, &out->usage.cached); }
static void prompt_read(struct scan *s, struct chunk *out)     { long_read(s, &out->usage.prompt); }
static void completion_read(struct scan *s, struct chunk *out) { long_read(s, &out->usage.completion); }

static void details_read(struct scan *s, struct chunk *out)
{
    static const struct member members[] = { { "cached_tokens", cached_read }, { 0 } };

    object_read(s, members, out);
}

static void usage_read(struct scan *s, struct chunk *out)
{
    static const struct member members[] = {
        { "prompt_tokens", prompt_read }, { "completion_tokens", completion_read },
        { "prompt_tokens_details", details_read }, { "num_cached_tokens", cached_read }, { 0 } };

    object_read(s, members, out);
}

static void message_read(struct scan *s, struct chunk *out) { text_read(s, &out->error); }
static void code_read(struct scan *s, struct chunk *out)    { text_read(s, &out->error_code); }

/* {"message":...,"code":...}, or just a text. */
static void error_read(struct scan *s, struct chunk *out)
{
    static const struct member members[] = { { "message", message_read }, { "code", code_read }, { 0 } };

    if (is_null(s))
        return;
    out->failed = true;
    if (peek(s) == '"')
        message_read(s, out);
    else
        object_read(s, members, out);
}

/* Mistral writes its errors without a wrapper: {"object":"error","message":...}. */
static void kind_read(struct scan *s, struct chunk *out)
{
    struct bytes kind = { 0 };

    text_read(s, &kind);
    out->failed |= kind.n == 5 && !memcmp(kind.at, "error", 5);
}

bool chunk_read(struct arena *a, struct bytes data, struct chunk *out)
{
    static const struct member members[] = {
        { "object", kind_read }, { "choices", choices_read }, { "usage", usage_read }, { "error", error_read },
        { "message", message_read }, { "code", code_read }, { 0 } };
    struct scan s = { a, data.at, data.at + data.n, false };

    *out = (struct chunk){ .usage = { LONG_NONE, LONG_NONE, LONG_NONE } };
    if (peek(&s) != '{')
        return false;
    object_read(&s, members, out);
    return !peek(&s) && s.at == s.end && !s.bad;
}
