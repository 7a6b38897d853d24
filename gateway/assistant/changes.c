#include "assistant/changes.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MOST 5

/* --- characters --- */

enum sign { LETTER, BLANK, MARK };

/* What stands at `at`, and how many bytes it takes. Of what is not ASCII only the blanks and marks of French and English texts are known;
 * the rest are letters. */
static enum sign sign_at(const char *at, size_t *len)
{
    unsigned char c = (unsigned char)*at;

    *len = 1;
    if (c < 0x80)
        return strchr(" \t\r\n", *at) ? BLANK : (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ? LETTER : MARK;
    while ((at[*len] & 0xc0) == 0x80)
        ++*len;
    if (*len == 2 && c == 0xc2)
        return (unsigned char)at[1] == 0xa0 ? BLANK : (unsigned char)at[1] <= 0xbf && at[1] != (char)0xb5 ? MARK : LETTER;
    if (*len == 3 && c == 0xe2 && (unsigned char)at[1] == 0x80)
        return (unsigned char)at[2] <= 0x8b || (unsigned char)at[2] == 0xaf ? BLANK : MARK;
    return LETTER;
}

static bool is_capital(const char *at)
{
    return (*at >= 'A' && *at <= 'Z') || (at[0] == (char)0xc3 && (unsigned char)at[1] >= 0x80 && (unsigned char)at[1] <= 0x9e && (unsigned char)at[1] != 0x97);
}

static bool ends_sentence(const char *at, size_t len)
{
    return (len == 1 && strchr(".!?", *at)) || (len == 3 && !memcmp(at, "…", 3));
}

/* --- measures --- */

/* The counts as the text is walked through, and what stood before. */
struct walk { struct measures m; bool word, sentence, ended, paragraph; int breaks; };

static void step(struct walk *w, const char *at, enum sign sign, size_t len)
{
    if (sign == BLANK) {
        w->breaks += *at == '\n';
        w->m.sentences += w->ended;
        w->ended = w->word = false;
        if (w->breaks > 1)
            w->paragraph = false;
        return;
    }
    w->breaks = 0;
    w->m.paragraphs += !w->paragraph;
    w->paragraph = true;
    w->m.marks += sign == MARK;
    w->m.words += sign == LETTER && !w->word;
    w->m.capitals += sign == LETTER && is_capital(at);
    w->word = sign == LETTER;
    w->sentence = sign == LETTER || w->sentence;
    w->ended = w->ended && sign != LETTER;      /* 12.5 */
    if (sign == MARK && w->sentence && ends_sentence(at, len))
        w->ended = true, w->sentence = false;
}

struct measures measures_of(const char *text)
{
    struct walk w = { .word = false };
    size_t len;

    for (const char *at = text; *at; at += len) {
        enum sign sign = sign_at(at, &len);
        step(&w, at, sign, len);
    }
    w.m.sentences += w.ended + w.sentence;      /* the last one needs no full stop */
    return w.m;
}

/* --- words --- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* A hash of each word, in order of the hashes. */
static uint64_t *words_of(struct ctx *cx, const char *text, size_t n)
{
    uint64_t *words = NEWS(cx, uint64_t, n + 1), h = 0;
    size_t found = 0, len;

    for (const char *at = text; *at; at += len) {
        if (sign_at(at, &len) != LETTER) {
            h = 0;
            continue;
        }
        if (!h)
            found++, h = 0xcbf29ce484222325;
        for (size_t i = 0; i < len; i++) {
            bool small = (at[0] == (char)0xc3 && i == 1 && is_capital(at)) || (at[i] >= 'A' && at[i] <= 'Z');
            h = (h ^ (unsigned char)(small ? at[i] | 32 : at[i])) * 0x100000001b3;
        }
        words[found - 1] = h;
    }
    qsort(words, found, sizeof(*words), by_value);
    return words;
}

struct differing words_differing(struct ctx *cx, const char *before, const char *after)
{
    size_t n = measures_of(before).words, m = measures_of(after).words, i = 0, k = 0;
    const uint64_t *a = words_of(cx, before, n), *b = words_of(cx, after, m);
    struct differing d = { 0, 0 };

    while (i < n || k < m) {
        bool gone = k == m || (i < n && a[i] < b[k]), come = i == n || (k < m && b[k] < a[i]);
        d.gone += gone, d.come += come;
        i += !come, k += !gone;
    }
    return d;
}

/* --- in words --- */

static const struct lines { const char *words, *sentences, *paragraphs, *marks, *capitals; } french = {
    "Mots : %zu → %zu ; %zu n'y sont plus, %zu sont nouveaux", "Phrases : %zu → %zu", "Paragraphes : %zu → %zu", "Signes de ponctuation : %zu → %zu", "Majuscules : %zu → %zu",
}, english_lines = {
    "Words: %zu → %zu; %zu are gone, %zu are new", "Sentences: %zu → %zu", "Paragraphs: %zu → %zu", "Punctuation marks: %zu → %zu", "Capitals: %zu → %zu",
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"     /* the lines above, which tests fill in */

static void count_put(struct ctx *cx, struct texts *to, const char *line, size_t before, size_t after)
{
    if (before != after)
        to->at[to->n++] = arena_fmt(cx->arena, line, before, after);
}

struct texts changes_told(struct ctx *cx, const char *before, const char *after, bool english)
{
    const struct lines *l = english ? &english_lines : &french;
    struct measures a = measures_of(before), b = measures_of(after);
    struct differing d = words_differing(cx, before, after);
    struct texts to = { .at = NEWS(cx, const char *, LINES_MOST) };

    if (d.gone || d.come)
        to.at[to.n++] = arena_fmt(cx->arena, l->words, a.words, b.words, d.gone, d.come);
    count_put(cx, &to, l->sentences, a.sentences, b.sentences);
    count_put(cx, &to, l->paragraphs, a.paragraphs, b.paragraphs);
    count_put(cx, &to, l->marks, a.marks, b.marks);
    count_put(cx, &to, l->capitals, a.capitals, b.capitals);
    return to;
}

#pragma GCC diagnostic pop
