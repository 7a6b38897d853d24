#define _GNU_SOURCE
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text text_new(struct arena *a, size_t first, size_t max)
{
    struct text t = { .arena = a, .max = max };

    t.room = first < 64 ? 64 : first;
    t.at = arena_room(a, t.room);
    *t.at = '\0';
    return t;
}

char *text_room(struct text *t, size_t n)
{
    if (t->full || n > t->max || t->n > t->max - n) {
        t->full = true;
        return NULL;
    }
    if (t->room - t->n <= n) {
        size_t room = t->room * 2 > t->n + n + 1 ? t->room * 2 : t->n + n + 1;
        char *more = arena_room(t->arena, room);
        memcpy(more, t->at, t->n);
        more[t->n] = '\0';
        t->at = more;
        t->room = room;
    }
    return t->at + t->n;
}

void text_add(struct text *t, const char *from, size_t n)
{
    char *to = text_room(t, n);

    if (!to || !n)
        return;
    memcpy(to, from, n);
    to[n] = '\0';
    t->n += n;
}

void text_put(struct text *t, const char *from) { text_add(t, from, strlen(from)); }
void text_char(struct text *t, char c)          { text_add(t, &c, 1); }

void text_long(struct text *t, int64_t n)
{
    char room[24], *at = room + sizeof(room);
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (n < 0)
        *--at = '-';
    text_add(t, at, (size_t)(room + sizeof(room) - at));
}

/* Most numbers we send are whole, or have at most three decimals: no printf for those. */
void text_real(struct text *t, double v)
{
    double milli = v * 1000;
    char room[40];

    if (!isfinite(v)) {
        text_put(t, "null");
        return;
    }
    if (fabs(milli) < 1e15 && milli == nearbyint(milli) && (double)(int64_t)milli / 1000 == v) {
        int64_t all = (int64_t)fabs(milli), part = all % 1000;
        if (v < 0)
            text_char(t, '-');
        text_long(t, all / 1000);
        if (!part)
            return;
        char digits[4] = { '.', (char)('0' + part / 100), (char)('0' + part / 10 % 10), (char)('0' + part % 10) };
        text_add(t, digits, part % 10 ? 4 : part % 100 ? 3 : 2);
        return;
    }
    int n = snprintf(room, sizeof(room), "%.15g", v);
    if (strtod(room, NULL) != v)
        n = snprintf(room, sizeof(room), "%.17g", v);
    text_add(t, room, (size_t)n);
}

void text_fmt(struct text *t, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    char *more = arena_vfmt(t->arena, fmt, args);
    va_end(args);
    text_put(t, more);
}

/* Where the next character lies that JSON wants escaped; n when there is none. */
static size_t json_escape_at(const char *from, size_t i, size_t n)
{
    uint64_t eight;

    for (; n - i >= sizeof(eight); i += sizeof(eight)) {
        memcpy(&eight, from + i, sizeof(eight));
        if (eight_below(eight, 0x20) | eight_has(eight, '"') | eight_has(eight, '\\') | eight_has(eight, 0x7f))
            break;
    }
    for (; i < n; i++) {
        unsigned char c = (unsigned char)from[i];
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            break;
    }
    return i;
}

void text_json(struct text *t, const char *from, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    size_t start = 0;

    text_char(t, '"');
    for (size_t i = 0; (i = json_escape_at(from, i, n)) < n; i++) {
        unsigned char c = (unsigned char)from[i];
        text_add(t, from + start, i - start);
        start = i + 1;
        char esc[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
        const char *brief = c ? strchr("\"\"\\\\\nn\rr\tt", c) : NULL;
        if (brief) {
            esc[1] = brief[1];
            text_add(t, esc, 2);
        } else {
            text_add(t, esc, 6);
        }
    }
    text_add(t, from + start, n - start);
    text_char(t, '"');
}

/* Length of the well-formed character at `at`, 0 when there is none. RFC 3629, table 3-7 of Unicode. */
static size_t utf8_len(const unsigned char *at, size_t n)
{
    unsigned char c = at[0];
    size_t len = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;

    if (!len || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && at[1] < 0xa0) || (c == 0xed && at[1] > 0x9f) || (c == 0xf0 && at[1] < 0x90) ||
        (c == 0xf4 && at[1] > 0x8f))
        return 0;
    return len;
}

uint32_t text_hash(const char *text)
{
    uint32_t hash = 2166136261u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

bool text_is_utf8(const char *text, size_t n)
{
    const unsigned char *at = (const unsigned char *)text;

    for (size_t i = 0, len; i < n; i += len)
        if (!(len = utf8_len(at + i, n - i)))
            return false;
    return true;
}

size_t text_utf8_cut(const char *at, size_t n)
{
    size_t start = n;

    while (start && n - start < 4 && ((unsigned char)at[start - 1] & 0xc0) == 0x80)
        start--;
    if (!start)
        return n;
    start--;
    return utf8_len((const unsigned char *)at + start, n - start) == n - start ? n :
           (unsigned char)at[start] < 0x80 ? n : start;
}

bool text_is(const char *a, const char *b)                { return a == b || (a && b && !strcmp(a, b)); }
bool text_starts(const char *text, const char *with)      { return !strncmp(text, with, strlen(with)); }

bool text_same_secret(const char *a, const char *b, size_t n)
{
    unsigned char diff = 0;

    for (size_t i = 0; i < n; i++)
        diff |= (unsigned char)(a[i] ^ b[i]);
    return !diff;
}

bool text_to_long(const char *text, size_t len, int64_t *n)
{
    bool minus = len && *text == '-';
    size_t i = len && (*text == '-' || *text == '+');
    int64_t v = 0;

    if (i == len)
        return false;
    for (; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        int digit = text[i] - '0';
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, minus ? -digit : digit, &v))
            return false;
    }
    *n = v;
    return true;
}

bool text_to_real(const char *text, size_t len, double *v)
{
    char room[64], *end;

    if (!len || len >= sizeof(room) || !strchr("+-.0123456789", *text))
        return false;
    memcpy(room, text, len);
    room[len] = '\0';
    if (strpbrk(room, "xXnNiI"))
        return false;
    *v = strtod(room, &end);
    return !*end && isfinite(*v);
}

void text_hex(const void *from, size_t n, char *to)
{
    const unsigned char *at = from;

    for (size_t i = 0; i < n; i++) {
        to[2 * i] = "0123456789abcdef"[at[i] >> 4];
        to[2 * i + 1] = "0123456789abcdef"[at[i] & 15];
    }
    to[2 * n] = '\0';
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool text_unhex(const char *from, size_t n, void *to)
{
    unsigned char *out = to;

    if (n % 2)
        return false;
    for (size_t i = 0; i < n; i += 2) {
        int hi = nibble(from[i]), lo = nibble(from[i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        out[i / 2] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

static char *base64(struct arena *a, const void *from, size_t n, const char *last_two, bool pad)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const unsigned char *in = from;
    char *text = arena_get(a, (n + 2) / 3 * 4 + 1), *to = text;

    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        unsigned v = (unsigned)in[i] << 16 | (have > 1 ? (unsigned)in[i + 1] << 8 : 0) | (have > 2 ? in[i + 2] : 0);
        for (size_t k = 0; k < 4; k++) {
            unsigned six = v >> (18 - 6 * k) & 63;
            if (k <= have)
                *to++ = six < 62 ? first[six] : last_two[six - 62];
            else if (pad)
                *to++ = '=';
        }
    }
    return text;
}

char *text_base64url(struct arena *a, const void *from, size_t n) { return base64(a, from, n, "-_", false); }
char *text_base64(struct arena *a, const void *from, size_t n)    { return base64(a, from, n, "+/", true); }

static int sextet(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 :
           c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

char *text_unbase64(struct arena *a, const char *from, size_t len, size_t *n)
{
    char *out = arena_get(a, len / 4 * 3 + 4);
    unsigned v = 0;
    int bits = 0;

    for (int pads = 0; len && from[len - 1] == '=' && pads < 2; pads++)
        len--;
    if (len % 4 == 1)
        return NULL;
    *n = 0;
    for (size_t i = 0; i < len; i++) {
        int six = sextet(from[i]);
        if (six < 0)
            return NULL;
        v = v << 6 | (unsigned)six;
        if ((bits += 6) >= 8)
            out[(*n)++] = (char)(v >> (bits -= 8) & 255);
    }
    return bits && (v & ((1u << bits) - 1)) ? NULL : out;     /* left-over bits: two spellings of one value */
}
