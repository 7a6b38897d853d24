#include "sentences.h"

#include <string.h>

/* --- characters --- */

static size_t char_bytes(struct bytes t, size_t i)
{
    size_t n = 1;

    while (n < 4 && i + n < t.n && ((unsigned char)t.at[i + n] & 0xc0) == 0x80)
        n++;
    return n;
}

static bool has(struct bytes t, size_t i, const char *what, size_t n)
{
    return i + n <= t.n && !memcmp(t.at + i, what, n);
}

/* Bytes of the one of `words` that stands at i, or 0. */
static size_t one_of(struct bytes t, size_t i, const char *const *words)
{
    for (; *words; words++)
        if (has(t, i, *words, strlen(*words)))
            return strlen(*words);
    return 0;
}

/* U+00A0, U+202F and U+2009 stand before ? ! ; : and inside the quotes of French. */
static const char *const spaces[] = { " ", "\t", "\r", "\v", "\f", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", NULL };
static const char *const terminators[] = { ".", "!", "?", "\xe2\x80\xa6", NULL };
static const char *const closers[] = { "\"", ")", "]", "'", "\xc2\xbb", "\xe2\x80\x9d", "\xe2\x80\x99", NULL };
static const char *const pauses[] = { ",", ";", ":", ")", "\xe2\x80\x94", "\xe2\x80\x93", NULL };

static size_t skip_spaces(struct bytes t, size_t i)
{
    for (size_t n; i < t.n && (n = one_of(t, i, spaces));)
        i += n;
    return i;
}

/* Letters of French and English: ASCII, U+00C0 to U+00FF, the ligature oe. */
static bool is_lower(struct bytes t, size_t i)
{
    unsigned char c = i < t.n ? (unsigned char)t.at[i] : 0, d = i + 1 < t.n ? (unsigned char)t.at[i + 1] : 0;

    return (c >= 'a' && c <= 'z') || (c == 0xc3 && d >= 0x9f) || (c == 0xc5 && d == 0x93);
}

static bool is_upper(struct bytes t, size_t i) { return i < t.n && t.at[i] >= 'A' && t.at[i] <= 'Z'; }
static bool is_digit(struct bytes t, size_t i) { return i < t.n && t.at[i] >= '0' && t.at[i] <= '9'; }

static bool is_word(struct bytes t, size_t i)
{
    unsigned char c = (unsigned char)t.at[i];

    return is_upper(t, i) || is_lower(t, i) || is_digit(t, i) || c == 0xc3 || c == 0xc5 || (c & 0xc0) == 0x80;
}

/* --- dots that end nothing --- */

/* Titles: a name follows. */
static const char *const titles[] = { "M", "MM", "Mme", "Mmes", "Mlle", "Mlles", "Mgr", "Dr", "Drs", "Pr", "Prof", "St",
                                      "Ste", "Mr", "Mrs", "Ms", "cf", "Cf", "av", "bd", "Bd", "vs", "ex", "i.e", "e.g", NULL };
/* References: a number or a letter of a code follows ("art. 12", "art. L. 3121-1"). */
static const char *const references[] = { "art", "Art", "arts", "n", "N", "no", "No", "nos", "p", "pp", "al", "fig", "Fig", "vol",
                                          "chap", "Chap", "env", "approx", "t\xc3\xa9l", "T\xc3\xa9l", "r\xc3\xa9" "f", "tel", "ref",
                                          "num", "sect", "par", "ch", NULL };

static bool is_one_of(struct bytes word, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == word.n && !memcmp(*words, word.at, word.n))
            return true;
    return false;
}

/* The word that ends before `dot`; "i.e" counts as one. */
static struct bytes word_before(struct bytes t, size_t dot)
{
    size_t from = dot;

    while (from && dot - from < 24 && (is_word(t, from - 1) || (t.at[from - 1] == '.' && from > 1 && is_word(t, from - 2))))
        from--;
    while (from < dot && ((unsigned char)t.at[from] & 0xc0) == 0x80)    /* the rest of a quote or a no-break space */
        from++;
    return (struct bytes){ t.at + from, dot - from };
}

static bool all_digits(struct bytes word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!is_digit(word, i))
            return false;
    return word.n;
}

static bool dot_ends_nothing(struct bytes t, size_t dot, size_t next)
{
    struct bytes word = word_before(t, dot);

    if (word.at == t.at && all_digits(word) && word.n <= 3)     /* "1. Premier point" */
        return true;
    if (is_upper(t, dot - word.n) && (word.n == 1 || (word.n > 2 && word.at[word.n - 2] == '.')))   /* "J. Dupont", "U.S.A. today" */
        return true;
    if (is_one_of(word, titles))
        return true;
    return is_one_of(word, references) && (is_digit(t, next) || (is_upper(t, next) && has(t, next + 1, ".", 1)));
}

/* --- the end of a sentence --- */

/* What may stand after the mark and belongs to the sentence: closing quotes, "»" also after a space. */
static size_t skip_closers(struct bytes t, size_t i)
{
    for (;;) {
        size_t n = one_of(t, i, closers), after = skip_spaces(t, i);
        if (!n && has(t, after, "\xc2\xbb", 2))
            n = after + 2 - i;
        if (!n)
            return i;
        i += n;
    }
}

/* Where the sentence ends whose mark stands at `i`, at most `window`; 0: the mark ends nothing. */
static size_t end_at(struct bytes t, size_t i, size_t window)
{
    size_t mark = i, n;

    while (i < window && (n = one_of(t, i, terminators)))
        i += n;
    size_t end = skip_closers(t, i), next = skip_spaces(t, end);
    bool closed = end > i, dot = t.at[mark] == '.', dots = dot || (unsigned char)t.at[mark] == 0xe2;
    if (end > window)
        return 0;
    if (next == t.n || t.at[next] == '\n')
        return end;
    if (next == end || one_of(t, next, terminators))            /* "3.5", "?! !" */
        return 0;
    if (dot && i == mark + 1 && !closed && dot_ends_nothing(t, mark, next))
        return 0;
    return is_lower(t, next) && (dots || closed) ? 0 : end;     /* « Quoi ! » dit-il. */
}

/* The bytes of the first SENTENCE_CHARS characters. */
static size_t window_of(struct bytes t)
{
    size_t i = 0;

    for (size_t chars = 0; chars < SENTENCE_CHARS && i < t.n; chars++)
        i += char_bytes(t, i);
    return i;
}

static size_t sentence_bytes(struct bytes t)
{
    size_t window = window_of(t), pause = 0, space = 0, end;
    bool mark = false, marks;

    for (size_t i = 0; i < window; i += char_bytes(t, i)) {
        if (t.at[i] == '\n')
            return i;
        marks = mark;
        mark = one_of(t, i, terminators);
        if (mark && !marks && (end = end_at(t, i, window)))     /* the first of a run speaks for all */
            return end;
        size_t n = one_of(t, i, pauses);
        if (n && i + n <= window && one_of(t, i + n, spaces))
            pause = i + n;
        if (t.at[i] == ' ')
            space = i;
    }
    if (window == t.n)
        return window;
    return pause ? pause : space ? space : window;
}

bool sentence_next(struct bytes *rest, struct sentence *out)
{
    size_t from = skip_spaces(*rest, 0);

    while (from < rest->n && rest->at[from] == '\n')
        from = skip_spaces(*rest, from + 1);
    struct bytes t = { rest->at + from, rest->n - from };
    size_t n = t.n ? sentence_bytes(t) : 0, next = skip_spaces(t, n);
    out->ends_paragraph = next == t.n || t.at[next] == '\n';
    *rest = (struct bytes){ t.at + n, t.n - n };
    while (n && strchr(" \t\r\v\f", t.at[n - 1]))
        n--;
    out->text = (struct bytes){ t.at, n };
    return n;
}

size_t text_chars(struct bytes text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n += ((unsigned char)text.at[i] & 0xc0) != 0x80;
    return n;
}

/* --- pieces --- */

/* A piece of dashes and bullets (U+2000 to U+2FFF begin with 0xe2) alone is nothing to say. */
static bool is_sayable(struct bytes t)
{
    for (size_t i = 0; i < t.n; i++)
        if (is_digit(t, i) || is_upper(t, i) || is_lower(t, i) || ((unsigned char)t.at[i] >= 0xc3 && (unsigned char)t.at[i] != 0xe2))
            return true;
    return false;
}

void pieces_make(struct ctx *cx, const char *text, size_t most, struct pieces *out)
{
    struct bytes rest = { text, strlen(text) };
    size_t room = 16;

    *out = (struct pieces){ NEWS(cx, struct piece, room), 0 };
    for (struct sentence s; sentence_next(&rest, &s);) {
        if (!is_sayable(s.text))
            continue;
        size_t chars = text_chars(s.text);
        struct piece *last = out->n ? &out->at[out->n - 1] : NULL;
        if (last && last->chars + 1 + chars <= most) {
            last->text = arena_fmt(cx->arena, "%s%s%.*s", last->text, last->ends_paragraph ? "\n" : " ", (int)s.text.n, s.text.at);
            last->chars += 1 + chars;
            last->ends_paragraph = s.ends_paragraph;
            continue;
        }
        if (out->n == room) {
            struct piece *more = NEWS(cx, struct piece, room * 2);
            memcpy(more, out->at, room * sizeof(*more));
            out->at = more;
            room *= 2;
        }
        out->at[out->n++] = (struct piece){ arena_text(cx->arena, s.text.at, s.text.n), chars, s.ends_paragraph };
    }
}
