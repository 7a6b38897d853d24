/* Bounded growing text, and the small questions about bytes that everything asks. */
#pragma once

#include "err.h"

/* A piece of bytes; not NUL-ended unless said so. */
struct bytes { const char *at; size_t n; };

/* Text that grows in an arena, up to a maximum; past it `full` is set and nothing is added. */
struct text {
    struct arena *arena;
    char   *at;                 /* always NUL-ended once something was added */
    size_t  n, room, max;
    bool    full;
};

struct text text_new(struct arena *a, size_t first, size_t max);
void text_add(struct text *t, const char *from, size_t n);
void text_put(struct text *t, const char *from);                /* NUL-ended */
void text_char(struct text *t, char c);
void text_long(struct text *t, int64_t n);
void text_real(struct text *t, double v);                       /* shortest that reads back the same */
void text_fmt(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *text_room(struct text *t, size_t n);                      /* room for n more bytes, or NULL when full */
void text_json(struct text *t, const char *from, size_t n);     /* a JSON string with its quotes */

/* Not zero when one of eight bytes, loaded as they lie, is below `least` (at most 0x80), or is c (below 0x80). S. E. Anderson,
 * Bit Twiddling Hacks, "hasless" and "hasvalue". */
static inline uint64_t eight_below(uint64_t eight, unsigned char least)
{
    return (eight - least * 0x0101010101010101u) & ~eight & 0x8080808080808080u;
}

static inline uint64_t eight_has(uint64_t eight, unsigned char c)
{
    return eight_below(eight ^ c * 0x0101010101010101u, 1);
}

uint32_t text_hash(const char *text);                           /* FNV-1a, for tables of ours; not against who chooses the keys */
bool text_is_utf8(const char *at, size_t n);                    /* well-formed, RFC 3629 */
size_t text_utf8_cut(const char *at, size_t n);                 /* the longest start of n bytes that ends on a character */
bool text_is(const char *a, const char *b);                     /* both NULL, or equal */
bool text_starts(const char *text, const char *with);
bool text_same_secret(const char *a, const char *b, size_t n);  /* in constant time */
bool text_to_long(const char *text, size_t len, int64_t *n);    /* the whole of it, decimal, with sign */
bool text_to_real(const char *text, size_t len, double *v);     /* the whole of it; never inf or nan */

void text_hex(const void *from, size_t n, char *to);            /* 2n digits and a NUL */
bool text_unhex(const char *from, size_t n, void *to);          /* n digits, n even */

/* base64url without padding (RFC 4648 5), and standard base64 with padding. */
char *text_base64url(struct arena *a, const void *from, size_t n);
char *text_base64(struct arena *a, const void *from, size_t n);
/* Either alphabet, padding optional, nothing else; NULL when it is not base64. NUL-ended beyond *n. */
char *text_unbase64(struct arena *a, const char *from, size_t len, size_t *n);
