#include "typography.h"

#include <string.h>
#include <strings.h>

#define THIN   "\u202f"         /* narrow no-break space */
#define FIXED  "\u00a0"         /* no-break space */

/* One pass over a prose. Marks decide by the characters beside them, whatever run those are in. */
struct typist {
    struct ctx *cx;
    const char *in;
    size_t n, i;
    struct prose_maker out;
    enum manner manner;
    const struct run *run;
    uint32_t last;              /* the character put last; 0 at the start of a line */
    int open;                   /* quotation marks " that wait for their second */
};

enum manner manner_of(const char *language)
{
    size_t n = language ? strcspn(language, "-") : 0;

    if (!language || (n == 2 && !strncasecmp(language, "fr", n)))
        return MANNER_FRENCH;
    return n == 2 && !strncasecmp(language, "en", n) ? MANNER_ENGLISH : MANNER_PLAIN;
}

/* --- characters --- */

/* The character at `at`, 0 at the end. The text is well-formed UTF-8. */
static uint32_t char_at(const struct typist *t, size_t at, size_t *len)
{
    const unsigned char *c = (const unsigned char *)t->in + at;
    size_t n = at >= t->n ? 0 : *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;
    uint32_t code = n == 1 ? *c : n == 2 ? *c & 31u : n == 3 ? *c & 15u : n ? *c & 7u : 0;

    for (size_t i = 1; i < n && at + i < t->n; i++)
        code = code << 6 | (c[i] & 63u);
    *len = n;
    return code;
}

static uint32_t peek(const struct typist *t, size_t at)
{
    size_t len;

    return char_at(t, at, &len);
}

static bool is_digit(uint32_t c)  { return c >= '0' && c <= '9'; }
static bool is_space(uint32_t c)  { return c == ' ' || c == '\n' || c == 0xa0 || c == 0x202f || !c; }
static bool is_punctuation(uint32_t c) { return c >= 0x2010 && c <= 0x2046; }

static bool is_letter(uint32_t c)
{
    return (c | 32) - 'a' < 26 || (c >= 0xc0 && !is_punctuation(c));
}

/* --- putting --- */

static void put(struct typist *t, const char *at, size_t n, uint32_t last)
{
    prose_add(t->cx, &t->out, at, n, t->run->look, t->run->url);
    t->last = last == '\n' ? 0 : last;
}

static void put_thin(struct typist *t)
{
    if (!is_space(t->last))
        put(t, THIN, sizeof(THIN) - 1, 0x202f);
}

/* --- spaces --- */

static bool takes_thin_before(uint32_t c) { return c == ';' || c == ':' || c == '!' || c == '?' || c == 0xbb; }

static bool is_unit(uint32_t c) { return c == '%' || c == 0x2030 || c == 0x20ac || c == '$' || c == 0xa3 || c == 0xb0; }

/* The space between groups of a number: after a digit, before exactly three. */
static bool is_in_number(const struct typist *t, size_t next)
{
    size_t before = 0, after = 0;

    while (before < 4 && before < t->out.text.n && is_digit((unsigned char)t->out.text.at[t->out.text.n - 1 - before]))
        before++;
    while (after < 4 && is_digit(peek(t, next + after)))
        after++;
    return before > 0 && before < 4 && after == 3;
}

/* Short words that stay with what follows them. */
static bool is_after_title(const struct typist *t)
{
    static const char *const titles[] = { "M.", "MM.", "Mme", "Mlle", "Dr", "Pr", "Mr", "Mr.", "Mrs", "Mrs.", "n°", "N°", "p.", "art." };
    const char *at = t->out.text.at;
    size_t n = t->out.text.n, start = n;

    while (start && n - start < 6 && !strchr(" \n(", at[start - 1]))
        start--;
    for (size_t i = 0; i < COUNT(titles); i++)
        if (n - start == strlen(titles[i]) && !memcmp(at + start, titles[i], n - start))
            return true;
    return false;
}

/* Where the next thing that is not a space begins. */
static size_t after_spaces(const struct typist *t, size_t at)
{
    size_t len;

    for (uint32_t c; (c = char_at(t, at, &len)) == ' ' || c == 0xa0 || c == 0x202f;)
        at += len;
    return at;
}

static void type_space(struct typist *t)
{
    size_t next = after_spaces(t, t->i);
    uint32_t c = peek(t, next);
    bool fixed = t->in[t->i] != ' ';
    size_t len;

    if (!t->last || (t->manner == MANNER_FRENCH && t->last == 0x202f)) {
        /* a line begins without one; « already brought its own */
    } else if ((t->manner == MANNER_FRENCH && takes_thin_before(c)) || is_in_number(t, next)) {
        put_thin(t);
    } else if (fixed) {
        char_at(t, t->i, &len);
        put(t, t->in + t->i, len, 0xa0);
    } else if ((is_digit(t->last) && is_unit(c)) || (t->last && c && is_after_title(t))) {
        put(t, FIXED, sizeof(FIXED) - 1, 0xa0);
    } else {
        put(t, " ", 1, ' ');
    }
    t->i = next < t->run->end ? next : t->run->end;
}

/* --- marks --- */

static bool is_one_of(uint32_t c, const char *set) { return c && c < 128 && strchr(set, (int)c); }
static bool is_word_end(uint32_t c) { return is_letter(c) || is_digit(c) || is_one_of(c, ")]\"%"); }

/* ; : ! ? glued to a word of French prose: not in 10:30, a URL or an emoticon. */
static void type_high_mark(struct typist *t)
{
    uint32_t c = (uint32_t)t->in[t->i], next = peek(t, t->i + 1);
    bool ends = is_space(next) || next == ')' || next == '"' || next == 0xbb || (c != ':' && (next == '!' || next == '?'));

    if (t->manner == MANNER_FRENCH && ends && is_word_end(t->last))
        put_thin(t);
    put(t, t->in + t->i++, 1, c);
}

static void type_apostrophe(struct typist *t)
{
    if (t->manner != MANNER_PLAIN && is_letter(t->last))
        put(t, "’", 3, 0x2019);
    else if (t->manner == MANNER_ENGLISH && is_letter(peek(t, t->i + 1)))
        put(t, "‘", 3, 0x2018);
    else
        put(t, "'", 1, '\'');
    t->i++;
}

static void type_quote(struct typist *t)
{
    bool french = t->manner == MANNER_FRENCH;
    uint32_t next = peek(t, t->i + 1);
    bool opens = (is_space(t->last) || is_one_of(t->last, "([{")) && !is_space(next);

    t->i++;
    if (t->manner == MANNER_PLAIN || (!opens && !t->open)) {
        put(t, "\"", 1, '"');
    } else if (opens) {
        t->open++;
        put(t, french ? "«" : "“", french ? 2 : 3, 0xab);
        if (french)
            put_thin(t);
    } else {
        t->open--;
        if (french)
            put_thin(t);
        put(t, french ? "»" : "”", french ? 2 : 3, 0xbb);
    }
}

static void type_guillemet(struct typist *t, uint32_t c)
{
    const char *at = t->in + t->i;

    t->i += 2;
    if (t->manner == MANNER_FRENCH && c == 0xbb && t->last)
        put_thin(t);
    put(t, at, 2, c);
    if (t->manner == MANNER_FRENCH && c == 0xab && peek(t, t->i))
        put_thin(t);            /* type_space drops the space of its own */
}

static size_t same_ahead(const struct typist *t)
{
    size_t n = 1;

    while (t->i + n < t->run->end && t->in[t->i + n] == t->in[t->i])
        n++;
    return n;
}

static void type_dots(struct typist *t)
{
    size_t n = same_ahead(t);

    if (n == 3 && t->manner != MANNER_PLAIN)
        put(t, "…", 3, 0x2026);
    else
        put(t, t->in + t->i, n, '.');
    t->i += n;
}

static void type_dashes(struct typist *t)
{
    size_t n = same_ahead(t);
    bool alone = n == 1 && t->last == ' ' && peek(t, t->i + 1) == ' ';

    if (t->manner != MANNER_PLAIN && (n == 2 || alone))
        put(t, "–", 3, 0x2013);
    else if (t->manner != MANNER_PLAIN && n == 3)
        put(t, "—", 3, 0x2014);
    else
        put(t, t->in + t->i, n, '-');
    t->i += n;
}

/* --- the pass --- */

static void type_one(struct typist *t)
{
    size_t len;
    uint32_t c = char_at(t, t->i, &len);

    switch (c) {
    case ' ': case 0xa0: case 0x202f:        type_space(t); return;
    case ';': case ':': case '!': case '?':  type_high_mark(t); return;
    case '\'':                               type_apostrophe(t); return;
    case '"':                                type_quote(t); return;
    case '.':                                type_dots(t); return;
    case '-':                                type_dashes(t); return;
    case 0xab: case 0xbb:                    type_guillemet(t, c); return;
    default:
        put(t, t->in + t->i, len, c);
        t->i += len;
    }
}

/* Letters, digits and what else is never changed, in one piece. */
static bool type_plain(struct typist *t, size_t end)
{
    size_t from = t->i, i = from;

    while (i < end && (unsigned char)t->in[i] < 0x80 && !strchr(" ;:!?'\".-\n", t->in[i]))
        i++;
    if (i == from)
        return false;
    put(t, t->in + from, i - from, (uint32_t)t->in[i - 1]);
    t->i = i;
    return true;
}

struct prose typography(struct ctx *cx, const struct prose *raw, enum manner manner)
{
    struct typist t = { .cx = cx, .in = raw->text, .n = raw->n, .manner = manner, .out = prose_start(cx, raw->n * 6 + 16) };

    for (size_t r = 0; r < raw->runs_n; r++) {
        t.run = &raw->runs[r];
        while (t.i < t.run->end) {
            if (!(t.run->look & LOOK_CODE)) {
                if (!type_plain(&t, t.run->end))
                    type_one(&t);
                continue;
            }
            put(&t, t.in + t.i, t.run->end - t.i, 'x');
            t.i = t.run->end;
        }
    }
    return prose_end(cx, &t.out);
}
