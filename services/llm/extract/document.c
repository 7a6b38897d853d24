#include "document.h"

#include "base/clock.h"
#include "language.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MOST      (4u << 20)
#define SENTENCE_MOST  600          /* bytes: a transcript may have no full stops at all */
#define SENTENCE_TERMS 200
#define CHECK_EVERY    256          /* sentences between looks at the clock */

/* --- terms --- */

static uint32_t hash(const char *at, size_t n)
{
    uint32_t h = 2166136261;

    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)at[i]) * 16777619;
    return h ^ h >> 15;
}

static void *grown(struct arena *a, void *at, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return at;
    *room = *room ? *room * 2 : 512;
    void *more = arena_gets(a, *room, size);
    if (n)
        memcpy(more, at, n * size);
    return more;
}

/* The slot where a term is, or would be. */
static uint32_t *slot_of(const struct document *d, const char *at, size_t n)
{
    for (uint32_t i = hash(at, n);; i++) {
        uint32_t *slot = &d->slots[i & (d->slots_n - 1)];
        const struct term *t = *slot ? &d->terms[*slot - 1] : NULL;
        if (!t || (t->n == n && !memcmp(t->at, at, n)))
            return slot;
    }
}

static void slots_grow(struct document *d)
{
    d->slots_n = d->slots_n ? d->slots_n * 2 : 2048;
    d->slots = arena_gets(d->arena, d->slots_n, sizeof(*d->slots));
    for (uint32_t i = 0; i < d->terms_n; i++)
        *slot_of(d, d->terms[i].at, d->terms[i].n) = i + 1;
}

uint32_t document_term_put(struct document *d, const char *at, size_t n)
{
    if (d->terms_n * 2 >= d->slots_n)
        slots_grow(d);
    uint32_t *slot = slot_of(d, at, n);
    if (*slot)
        return *slot - 1;
    d->terms = grown(d->arena, d->terms, d->terms_n, &d->terms_room, sizeof(*d->terms));
    d->terms[d->terms_n] = (struct term){ .at = arena_text(d->arena, at, n), .n = (uint8_t)n };
    *slot = ++d->terms_n;
    return d->terms_n - 1;
}

uint32_t document_term(const struct document *d, const struct folded *w)
{
    uint32_t slot = *slot_of(d, w->at, w->n);

    return slot ? slot - 1 : TERM_NONE;
}

static bool is_empty_word(const struct document *d, const struct folded *w)
{
    uint32_t term = document_term(d, w);

    return term != TERM_NONE && d->terms[term].empty;
}

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void terms_read(struct document *d, struct sentence *s)
{
    uint32_t found[SENTENCE_TERMS], n = 0;
    struct bytes left = s->text, raw;
    struct folded w;

    while (word_next(&left, &w, &raw)) {
        s->names |= s->words && w.capital && w.n > 1;
        s->digits |= w.digits;
        s->words++;
        if (n == SENTENCE_TERMS || is_empty_word(d, &w))
            continue;
        word_stem(&w, d->french);
        found[n] = document_term_put(d, w.at, w.n);
        d->terms[found[n++]].count++;
    }
    qsort(found, n, sizeof(*found), by_id);
    s->first = d->ids_n;
    for (uint32_t i = 0; i < n; i++) {
        if (i && found[i] == found[i - 1])
            continue;
        d->ids = grown(d->arena, d->ids, d->ids_n, &d->ids_room, sizeof(*d->ids));
        d->ids[d->ids_n++] = found[i];
        d->terms[found[i]].sentences++;
    }
    s->n = d->ids_n - s->first;
}

/* --- sentences --- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* Points that end no sentence: titles, references, initials. */
static bool is_abbreviation(const char *word, size_t n)
{
    static const char list[] = " m mm mme mmes mlle dr pr prof st ste me mgr cf etc art al p pp ex fig vol ch no env av apr "
                               "mr mrs ms jr sr vs inc ltd co dept gen col gov sen rep hon approx min max tel ";
    char room[12] = " ";

    if (n == 1 && isalpha((unsigned char)*word))
        return true;
    if (!n || n > sizeof(room) - 3)
        return false;
    for (size_t i = 0; i < n; i++)
        room[i + 1] = (char)tolower((unsigned char)word[i]);
    room[n + 1] = ' ';
    return strstr(list, room) != NULL;
}

/* Does the full stop, question or exclamation mark at `at` end a sentence that began at `from`? */
static bool is_end(const char *from, const char *at, const char *end)
{
    const char *word = at, *next = at + 1;

    if (*at != '.' && *at != '!' && *at != '?')
        return false;
    while (next < end && (strchr(".!?\"')]", *next) ? *next != '\0' : (unsigned char)*next >= 0x80 && !is_blank(*next) && next - at < 8))
        next++;
    if (next < end && !is_blank(*next))
        return false;
    while (word > from && !is_blank(word[-1]) && !strchr(".(['", word[-1]))
        word--;
    if (*at == '.' && is_abbreviation(word, (size_t)(at - word)))
        return false;
    while (next < end && is_blank(*next))
        next++;
    return next == end || at - word > 4 || !(*next >= 'a' && *next <= 'z');      /* "approx. five" goes on */
}

/* Where in the text we are. */
struct place { int paragraph; const char *heading; bool listing, row; };

static void sentence_add(struct document *d, const char *from, const char *to, const struct place *at)
{
    struct sentence s = { .paragraph = at->paragraph, .heading = at->heading, .row = at->row };

    while (from < to && is_blank(*from))
        from++;
    if (to - from > 2 && !memcmp(from, "\xc2\xbb", 2))          /* the closing quote of the sentence before */
        from += 2;
    while (from < to && is_blank(*from))
        from++;
    while (to > from && is_blank(to[-1]))
        to--;
    if (from == to)
        return;
    s.text = (struct bytes){ from, (size_t)(to - from) };
    s.opens = !d->n || d->sentences[d->n - 1].paragraph != at->paragraph;
    terms_read(d, &s);
    if (!s.words)
        return;
    uint32_t room = (uint32_t)d->room;
    d->sentences = grown(d->arena, d->sentences, (uint32_t)d->n, &room, sizeof(s));
    d->room = room;
    d->sentences[d->n++] = s;
}

/* Where a run of words without an end is cut: behind a word, and never inside a character. */
static const char *long_cut(const char *from, const char *to)
{
    const char *at = from + SENTENCE_MOST;

    if (to - from <= SENTENCE_MOST)
        return NULL;
    while (at > from + SENTENCE_MOST / 2 && !is_blank(*at))
        at--;
    return is_blank(*at) ? at : from + text_utf8_cut(from, SENTENCE_MOST);
}

static void block_read(struct document *d, const char *from, const char *end, struct place *place)
{
    size_t before = d->n;

    for (const char *at = from; at < end; at++) {
        const char *cut = at - from >= SENTENCE_MOST ? long_cut(from, end) : NULL;
        const char *stop = cut ? cut : !place->row && is_end(from, at, end) ? at + 1 : NULL;
        if (!stop)
            continue;
        while (!cut && stop < end && !is_blank(*stop))      /* closing quotes and brackets */
            stop++;
        sentence_add(d, from, stop, place);
        from = stop;
        at = stop - 1;
    }
    sentence_add(d, from, end, place);
    place->paragraph += d->n > before;
}

/* What a line begins with: a bullet or a number of a list. */
static size_t bullet(const char *at, const char *end)
{
    size_t n = 0, left = (size_t)(end - at);

    if (left > 2 && strchr("-*+", *at) && at[1] == ' ')
        return 2;
    if (left > 4 && !memcmp(at, "\xe2\x80\xa2", 3))
        return 3;
    while (n < left && n < 3 && isdigit((unsigned char)at[n]))
        n++;
    return n && n + 1 < left && (at[n] == '.' || at[n] == ')') && at[n + 1] == ' ' ? n + 2 : 0;
}

static size_t hashes(const char *at, const char *end)
{
    size_t n = 0;

    while (at + n < end && at[n] == '#' && n < 6)
        n++;
    return n && at + n < end && at[n] == ' ' ? n : 0;
}

static bool is_fence(const char *at, const char *end)
{
    return end - at >= 3 && (!memcmp(at, "```", 3) || !memcmp(at, "~~~", 3));
}

static const char *heading_read(struct document *d, const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    return arena_text(d->arena, at, (size_t)(end - at));
}

/* Does a line go on with the paragraph before it? If not, *text is where its own text begins, and *next_place
 * what it changes. */
static bool line_goes_on(struct document *d, const char *at, const char *end, const char **text, struct place *next_place)
{
    size_t title = next_place->listing ? 0 : hashes(at, end), item = next_place->listing ? 0 : bullet(at, end);
    bool fence = is_fence(at, end), was_row = next_place->row;

    *text = fence || title ? end : at + item;
    if (title)
        next_place->heading = heading_read(d, at + title, end);
    next_place->listing ^= fence;
    next_place->row = next_place->listing || (at < end && *at == '|');
    return at < end && !is_blank(*at) && !fence && !title && !item && !next_place->row && !was_row;
}

/* Lines make paragraphs; an empty line, a bullet and a heading begin a new one, and each row is one. */
static fallible lines_read(struct ctx *cx, struct document *d, const char *text, const char *end)
{
    struct place place = { .paragraph = 1 }, later = place;
    const char *block = text, *start;
    size_t checked = 0;

    for (const char *line = text, *next; line < end; line = next) {
        const char *nl = memchr(line, '\n', (size_t)(end - line)), *at = line;
        next = nl ? nl + 1 : end;
        while (at < next && (*at == ' ' || *at == '\t' || *at == '>'))
            at++;
        if (line_goes_on(d, at, next, &start, &later))
            continue;
        block_read(d, block, line, &place);
        later.paragraph = place.paragraph;
        place = later;
        block = start;
        if (d->n - checked >= CHECK_EVERY) {
            TRY(clock_check(cx));
            checked = d->n;
        }
    }
    block_read(d, block, end, &place);
    return OK;
}

void document_begin(struct ctx *cx, bool french, struct document *out)
{
    *out = (struct document){ .arena = cx->arena, .french = french };
    for (const char *const *w = words_empty; *w; w++) {
        uint32_t term = document_term_put(out, *w, strlen(*w));
        out->terms[term].empty = true;
    }
}

fallible document_read(struct ctx *cx, const char *text, struct document *out)
{
    size_t n = strnlen(text, TEXT_MOST);

    document_begin(cx, !strcmp(language_guess(text), "fr"), out);
    return lines_read(cx, out, text, text + text_utf8_cut(text, n));
}
