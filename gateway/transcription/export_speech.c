/* A transcript into pieces: words cleaned, their times in order, with the marks that the text has around them. */
#include "transcription/export_speech.h"

#include <string.h>
#include <strings.h>

#define LATEST_S 1e7                    /* no recording is longer; times beyond are noise */

static size_t char_bytes(const char *at)
{
    unsigned char c = (unsigned char)*at;
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4, left = 1;

    while (left < n && (at[left] & 0xc0) == 0x80)
        left++;
    return left;
}

static uint32_t char_at(const char *at, size_t n)
{
    const unsigned char *c = (const unsigned char *)at;
    uint32_t code = n == 1 ? *c : n == 2 ? *c & 31u : n == 3 ? *c & 15u : *c & 7u;

    for (size_t i = 1; i < n; i++)
        code = code << 6 | (c[i] & 63u);
    return code;
}

int text_width(const char *at, size_t n)
{
    int width = 0;

    for (size_t i = 0; i < n; i++)
        width += (at[i] & 0xc0) != 0x80;
    return width;
}

/* --- cleaning: line ends and controls are spaces, spaces come one at a time --- */

static bool is_gap(uint32_t c)
{
    return c <= ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

/* Code points that are no characters (Unicode 23.7), which XML and PDF refuse. */
static bool is_nothing(uint32_t c) { return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe; }

static const char *cleaned(struct ctx *cx, const char *text)
{
    size_t n = strlen(text);
    struct text to = text_new(cx->arena, n + 1, n + 1);
    bool space = false;

    for (const char *at = text; *at;) {
        size_t bytes = char_bytes(at);
        uint32_t c = char_at(at, bytes);
        if (is_gap(c)) {
            space = to.n;
        } else if (!is_nothing(c)) {
            if (space)
                text_char(&to, ' ');
            text_add(&to, at, bytes);
            space = false;
        }
        at += bytes;
    }
    return to.n ? to.at : "";
}

/* --- times --- */

static int64_t ms_of(double s) { return !(s > 0) ? 0 : (int64_t)((s < LATEST_S ? s : LATEST_S) * 1000 + 0.5); }

static void time_set(struct spoken *s, double start, double end, int64_t not_before)
{
    s->start_ms = ms_of(start) > not_before ? ms_of(start) : not_before;
    s->end_ms = ms_of(end) > s->start_ms ? ms_of(end) : s->start_ms;
}

/* --- what stands around a word --- */

static bool is_mark(uint32_t c)
{
    return c < 0x80 ? !((c | 32) - 'a' < 26u || c - '0' < 10u) :
           c < 0xc0 || (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x3003) || (c >= 0x3008 && c <= 0x3020) ||
           (c >= 0xff00 && c <= 0xff0f) || c == 0xff1a || c == 0xff1b || c == 0xff1f || c == 0x60c || c == 0x61b || c == 0x61f;
}

static bool is_opening(uint32_t c)
{
    return c == '(' || c == '[' || c == '{' || c == '"' || c == '-' || c == 0xab || c == 0xbf || c == 0xa1 || c == 0x2018 || c == 0x201c ||
           c == 0x201e || c == 0x2013 || c == 0x2014 || c == 0x300c || c == 0x300e || c == '#' || c == '$' || c == 0xa3;
}

/* Where the word stands at or behind `at`, with nothing but marks before it; NULL: not there. */
static const char *word_find(const char *at, const char *word, size_t n)
{
    for (size_t bytes; *at; at += bytes) {
        bytes = char_bytes(at);
        if (!strncasecmp(at, word, n))
            return at;
        if (!is_mark(char_at(at, bytes)))
            return NULL;
    }
    return NULL;
}

/* Marks between two words: those of the first end where an opening mark follows a space. */
static const char *marks_split(const char *from, const char *to)
{
    for (const char *at = from; at < to; at += char_bytes(at))
        if (*at == ' ' && at + 1 < to && is_opening(char_at(at + 1, char_bytes(at + 1))))
            return at;
    return to;
}

/* Pieces cut from the text, when it says every word in its order: some engines give the marks there only. */
static void words_dress(struct ctx *cx, const char *text, struct speech *s)
{
    const char **starts = NEWS(cx, const char *, s->spoken.n + 1), *at = text, *begin = text;

    for (size_t i = 0; i < s->spoken.n; i++) {
        starts[i] = word_find(at, s->spoken.at[i].text, s->spoken.at[i].n);
        if (!starts[i])
            return;
        at = starts[i] + s->spoken.at[i].n;
    }
    while (*at && is_mark(char_at(at, char_bytes(at))))
        at += char_bytes(at);
    if (*at)                            /* it says more */
        return;
    for (size_t i = 0; i < s->spoken.n; i++) {
        struct spoken *w = &s->spoken.at[i];
        const char *end = i + 1 < s->spoken.n ? marks_split(starts[i] + w->n, starts[i + 1]) : at;
        const char *next = end;
        while (end > begin && end[-1] == ' ')
            end--;
        w->joined = i && begin[-1] != ' ';
        w->text = begin, w->n = (size_t)(end - begin);
        begin = next + strspn(next, " ");
    }
}

/* Scripts written without spaces between words. */
static bool is_spaceless(uint32_t c)
{
    return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) || (c >= 0xff00 && c <= 0xffef) ||
           (c >= 0x3000 && c <= 0x303f) || (c >= 0x20000 && c <= 0x3ffff);
}

static uint32_t last_char(const struct spoken *s)
{
    const char *at = s->text + s->n;

    do
        at--;
    while (at > s->text && (*at & 0xc0) == 0x80);
    return char_at(at, (size_t)(s->text + s->n - at));
}

static void spaceless_join(struct speech *s)
{
    for (size_t i = 1; i < s->spoken.n; i++)
        s->spoken.at[i].joined = is_spaceless(last_char(&s->spoken.at[i - 1])) && is_spaceless(char_at(s->spoken.at[i].text, char_bytes(s->spoken.at[i].text)));
}

/* --- where sentences end --- */

static bool is_closing(uint32_t c) { return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0xbb || c == 0x2019 || c == 0x201d || c == ' ' || c == 0xa0 || c == 0x202f; }

/* "M." and initials end no sentence. */
static bool is_short_form(const char *at, size_t n)
{
    static const char *const forms[] = { "MM", "Mr", "Mrs", "Ms", "Dr", "Pr", "St" };

    for (size_t i = 0; i < COUNT(forms); i++)
        if (n == strlen(forms[i]) && !memcmp(at, forms[i], n))
            return true;
    return n == 1 && *at >= 'A' && *at <= 'Z';
}

static void ends_find(struct spoken *s, const struct spoken *next)
{
    struct spoken rest = *s;
    uint32_t last;

    while ((last = last_char(&rest)) && is_closing(last) && rest.n > 1)
        for (rest.n--; rest.n > 1 && (rest.text[rest.n] & 0xc0) == 0x80;)
            rest.n--;
    bool goes_on = next && *next->text >= 'a' && *next->text <= 'z';
    bool dot = last == '.' || last == 0x2026;
    s->ends_sentence = last == '!' || last == '?' || last == 0x3002 || last == 0xff01 || last == 0xff1f || last == 0x61f ||
                       (dot && !goes_on && !is_short_form(rest.text, rest.n - 1));
    s->ends_clause = last == ',' || last == ';' || last == ':' || last == 0x3001 || last == 0xff0c || last == 0x60c || (dot && goes_on);
}

/* --- the whole --- */

static void spoken_add(struct ctx *cx, struct speech *s, const char *text, double start, double end, const char *speaker)
{
    struct spoken *last = s->spoken.n ? &s->spoken.at[s->spoken.n - 1] : NULL, *new = &s->spoken.at[s->spoken.n];
    const char *clean = cleaned(cx, text ? text : "");

    if (!*clean)
        return;
    *new = (struct spoken){ .text = clean, .n = strlen(clean), .speaker = speaker && *speaker ? cleaned(cx, speaker) : NULL };
    time_set(new, start, end, last ? last->start_ms : 0);
    s->spoken.n++;
}

static void paragraphs_add(struct ctx *cx, struct speech *s, const char *text)
{
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, "\n");
        spoken_add(cx, s, arena_text(cx->arena, at, n), 0, 0, NULL);
        at += n + (at[n] == '\n');
    }
}

static size_t lines_in(const char *text)
{
    size_t n = 1;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static int speakers_of(const struct speech *s)
{
    const char *seen[64];
    int n = 0, i;

    for (size_t k = 0; k < s->spoken.n; k++) {
        const char *name = s->spoken.at[k].speaker;
        for (i = 0; name && i < n && strcmp(seen[i], name); i++)
            ;
        if (name && i == n && n < (int)COUNT(seen))
            seen[n++] = name;
    }
    return n;
}

/* A single segment from the beginning to the end of the recording says what is said, not when. */
static bool is_timed(const struct transcript_view *t)
{
    const struct segment *only = t->segments.n == 1 ? t->segments.at : NULL;

    if (t->words.n || !only)
        return t->words.n || t->segments.n;
    return only->start > 0 || (only->end > 0 && only->end + 1 < t->duration_seconds);
}

struct speech speech_of(struct ctx *cx, const struct transcript_view *t)
{
    struct speech s = { .timed = is_timed(t), .by_word = t->words.n };
    const char *text = !s.timed && t->segments.n ? t->segments.at->text : t->text ? t->text : "";

    s.spoken.at = NEWS(cx, struct spoken, s.by_word ? t->words.n : s.timed ? t->segments.n : lines_in(text));
    for (size_t i = 0; s.by_word && i < t->words.n; i++)
        spoken_add(cx, &s, t->words.at[i].word, t->words.at[i].start, t->words.at[i].end, t->words.at[i].speaker);
    for (size_t i = 0; s.timed && !s.by_word && i < t->segments.n; i++)
        spoken_add(cx, &s, t->segments.at[i].text, t->segments.at[i].start, t->segments.at[i].end, t->segments.at[i].speaker);
    if (!s.timed)
        paragraphs_add(cx, &s, text);
    if (s.by_word) {
        spaceless_join(&s);
        words_dress(cx, cleaned(cx, text), &s);
    }
    for (size_t i = 0; i < s.spoken.n; i++) {
        struct spoken *w = &s.spoken.at[i];
        w->width = text_width(w->text, w->n);
        ends_find(w, i + 1 < s.spoken.n ? w + 1 : NULL);
    }
    s.speakers = speakers_of(&s);
    return s;
}

void spoken_put(struct text *to, const struct spoken *at, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++) {
        if (i > first && !at[i].joined)
            text_char(to, ' ');
        text_add(to, at[i].text, at[i].n);
    }
}

bool spoken_pauses(const struct spoken *at, size_t i, int64_t ms) { return at[i + 1].start_ms - at[i].end_ms > ms; }
