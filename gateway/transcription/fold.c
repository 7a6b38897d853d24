#include "transcription/fold.h"

#include <string.h>

/* U+00C0 to U+017F (Latin-1 Supplement, Latin Extended-A) as letters without marks; a blank: it stays as it is. */
static const char latin[] =
    "AAAAAA CEEEEIIII" "DNOOOOO OUUUUY  " "aaaaaa ceeeeiiii" "dnooooo ouuuuy y"
    "AaAaAaCcCcCcCcDd" "DdEeEeEeEeEeGgGg" "GgGgHhHhIiIiIiIi" "Ii  JjKkkLlLlLlL"
    "lLlNnNnNnnNnOoOo" "Oo  RrRrRrSsSsSs" "SsTtTtTtUuUuUuUu" "UuUuWwYyYZzZzZzs";

struct out { char *at; size_t *from; size_t n; };

static void put(struct out *o, const char *bytes, size_t n, size_t from)
{
    for (size_t i = 0; i < n; i++) {
        o->at[o->n] = bytes[i];
        o->from[o->n++] = from;
    }
}

/* The code point at `at` and its length; 0: no UTF-8. */
static size_t decode(const unsigned char *at, size_t n, uint32_t *c)
{
    size_t len = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc2 ? 2 : 0;

    if (!len || len > n)
        return 0;
    *c = len == 1 ? at[0] : at[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (at[i] & 0x3f);
    }
    return len;
}

static const char *ligature(uint32_t c)
{
    switch (c) {
    case 0xc6: case 0xe6:     return "ae";
    case 0x152: case 0x153:   return "oe";
    case 0xdf: case 0x1e9e:   return "ss";
    case 0x2018: case 0x2019: return "'";
    default:                  return NULL;
    }
}

static bool is_blank(uint32_t c) { return c == ' ' || (c >= 9 && c <= 13) || c == 0xa0 || c == 0x2009 || c == 0x202f || c == 0x3000; }

/* Greek and Cyrillic capitals lie at a distance from their small letters. */
static uint32_t lower(uint32_t c)
{
    if ((c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
        return c + 0x20;
    return c >= 0x400 && c <= 0x40f ? c + 0x50 : c;
}

static void put_point(struct out *o, uint32_t c, size_t from)
{
    char two[2] = { (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)) };

    put(o, two, 2, from);
}

static void put_folded(struct out *o, uint32_t c, const char *raw, size_t len, size_t from)
{
    const char *letters = ligature(c);
    char base = c < 0x80 ? (char)c : c >= 0xc0 && c <= 0x17f ? latin[c - 0xc0] : ' ';

    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x64b && c <= 0x65f))      /* marks of their own: Latin, Arabic */
        return;
    if (is_blank(c)) {
        if (!o->n || o->at[o->n - 1] != ' ')
            put(o, " ", 1, from);
    } else if (letters) {
        put(o, letters, strlen(letters), from);
    } else if (base != ' ') {
        base = base >= 'A' && base <= 'Z' ? (char)(base | 32) : base;
        put(o, &base, 1, from);
    } else if (lower(c) != c) {
        put_point(o, lower(c), from);
    } else {
        put(o, raw, len, from);
    }
}

struct folded fold(struct ctx *cx, const char *text, size_t n)
{
    struct out o = { NEWS(cx, char, n + 1), NEWS(cx, size_t, n + 1), 0 };      /* nothing grows: a ligature has two bytes */

    for (size_t at = 0; at < n;) {
        uint32_t c = 0;
        size_t len = decode((const unsigned char *)text + at, n - at, &c);
        if (len)
            put_folded(&o, c, text + at, len, at);
        else
            put(&o, text + at, 1, at);
        at += len ? len : 1;
    }
    o.from[o.n] = n;
    return (struct folded){ o.at, o.n, o.from };
}
