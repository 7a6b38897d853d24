/* What an engine writes of chapters, and texts cut by subject: lines are utterances. */
#include "chapters_told.h"
#include "extract/phrases.h"
#include "extract/topics.h"

#include <stdlib.h>
#include <string.h>

#define LINES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void told_check(struct ctx *cx, const char *text, size_t n)
{
    struct told told[LINES + 1];

    if (!chapters_told(cx, text, told, n))
        return;
    for (size_t i = 0; i <= n; i++)
        if (!*told[i].title || !*told[i].summary || strchr(told[i].title, '\n') || strchr(told[i].summary, '\n'))
            abort();
}

static void phrases_check(struct ctx *cx, const struct tokens *t, const char *const *lines, size_t i)
{
    struct phrase p[5];
    size_t n;

    if (phrases_find(cx, t, i, p, 5, &n))
        abort();
    for (size_t k = 0; k < n; k++)
        if (p[k].at.at < lines[i] || p[k].at.at + p[k].at.n > lines[i] + strlen(lines[i]) || !p[k].count || (k && p[k].weight > p[k - 1].weight))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    char *text = arena_text(cx.arena, (const char *)data, size), *at = text;
    struct utterance when[LINES] = { 0 };
    const char *lines[LINES];
    bool begins[LINES];
    struct tokens tokens;
    size_t n = 0;

    told_check(&cx, text, size % (LINES - 1) + 1);
    for (; n < LINES; n++) {
        lines[n] = at;
        when[n] = (struct utterance){ (double)(at - text) * (size % 3 ? 1 : -1), (double)(size % 7) - 1 };
        if (!(at = strchr(at, '\n')))
            break;
        *at++ = '\0';
    }
    n += n < LINES;
    if (tokens_read(&cx, lines, n, size & 1, &tokens) || topics_cut(&cx, &tokens, when, n, begins) || !begins[0])
        abort();
    for (size_t i = 0; i < n; i++)
        phrases_check(&cx, &tokens, lines, i);
    arena_free(cx.arena);
    return 0;
}
