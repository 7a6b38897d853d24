#include "echo.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ECHO_MOST  16           /* words: three seconds of fast speech */

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

struct bytes echo_trim(const char *text)
{
    struct bytes b = { text ? text : "", text ? strlen(text) : 0 };

    while (b.n && is_space(b.at[0]))
        b.at++, b.n--;
    while (b.n && is_space(b.at[b.n - 1]))
        b.n--;
    return b;
}

/* The next word of *left without the punctuation around it. */
static bool word_next(struct bytes *left, struct bytes *word)
{
    while (left->n && is_space(*left->at))
        left->at++, left->n--;
    word->at = left->at;
    while (left->n && !is_space(*left->at))
        left->at++, left->n--;
    word->n = (size_t)(left->at - word->at);
    while (word->n > 1 && ispunct((unsigned char)word->at[word->n - 1]))
        word->n--;
    while (word->n > 1 && ispunct((unsigned char)*word->at))
        word->at++, word->n--;
    return word->n > 0;
}

static size_t words_first(struct bytes text, struct bytes *words)
{
    size_t n = 0;

    while (n < ECHO_MOST && word_next(&text, &words[n]))
        n++;
    return n;
}

size_t echo_but_last(struct bytes text)
{
    while (text.n && is_space(text.at[text.n - 1]))
        text.n--;
    while (text.n && !is_space(text.at[text.n - 1]))
        text.n--;
    while (text.n && is_space(text.at[text.n - 1]))
        text.n--;
    return text.n;
}

static size_t words_last(struct bytes text, struct bytes *words)
{
    struct bytes start = text;

    for (int i = 0; i < ECHO_MOST && start.n; i++)
        start.n = echo_but_last(start);
    return words_first((struct bytes){ text.at + start.n, text.n - start.n }, words);
}

static bool words_same(const struct bytes *a, const struct bytes *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].n != b[i].n || strncasecmp(a[i].at, b[i].at, a[i].n))
            return false;
    return true;
}

/* Either side of the cut may hold a torn word: `old` a half at its end, `text` a half at its start. One
 * word alone proves an echo only when nothing is torn. */
size_t echo_words(struct bytes old, struct bytes text, bool *torn)
{
    struct bytes last[ECHO_MOST], first[ECHO_MOST];
    size_t n = words_last(old, last), m = words_first(text, first);

    for (size_t len = n < m ? n : m; len > 0; len--)
        for (size_t way = 0; way < (len > 1 ? 4 : 1); way++) {
            size_t ends = way & 1, begins = way >> 1;
            if (n < len + ends || m < len + begins || !words_same(last + n - ends - len, first + begins, len))
                continue;
            *torn = ends;
            return begins + len;
        }
    *torn = false;
    return 0;
}

struct bytes echo_skip(struct bytes text, size_t *words)
{
    struct bytes word;

    while (*words && word_next(&text, &word))
        --*words;
    while (text.n && is_space(*text.at))
        text.at++, text.n--;
    return text;
}
