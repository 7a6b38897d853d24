#include "chapters_told.h"

#include <string.h>

#define TITLE_MOST   200        /* bytes: what is longer is no title */
#define SUMMARY_MOST 8000

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* What a heading says behind its marks: models number and embolden as they like. */
static struct bytes title_of(struct bytes line)
{
    while (line.n && (*line.at == '#' || *line.at == '*' || is_blank(*line.at)))
        line.at++, line.n--;
    while (line.n && (line.at[line.n - 1] == '*' || line.at[line.n - 1] == '#' || is_blank(line.at[line.n - 1])))
        line.n--;
    return line;
}

static bool is_heading(struct bytes line) { return line.n > 2 && !memcmp(line.at, "##", 2); }

/* Blanks of any kind and number become one. */
static void line_add(struct text *to, struct bytes line)
{
    for (size_t i = 0; i < line.n; i++)
        if (!is_blank(line.at[i]))
            text_char(to, line.at[i]);
        else if (to->n && to->at[to->n - 1] != ' ')
            text_char(to, ' ');
}

static const char *trimmed(struct text *t)
{
    while (t->n && t->at[t->n - 1] == ' ')
        t->at[--t->n] = '\0';
    return t->n ? t->at : "";
}

static struct bytes line_at(const char **at)
{
    size_t n = strcspn(*at, "\n");
    struct bytes line = { *at, n };

    *at += n + ((*at)[n] == '\n');
    return line;
}

bool chapters_told(struct ctx *cx, const char *text, struct told *out, size_t n)
{
    struct text summary = { 0 };
    size_t found = 0;

    for (const char *at = text; *at;) {
        struct bytes line = line_at(&at), title = title_of(line);
        if (!is_heading(line)) {
            if (found)
                line_add(&summary, line), line_add(&summary, (struct bytes){ " ", 1 });
            continue;
        }
        if (found)
            out[found - 1].summary = trimmed(&summary);
        if (found == n + 1 || !title.n || title.n > TITLE_MOST || summary.full || (title.n == 1 && *title.at == '=') != (found == n))
            return false;
        summary = text_new(cx->arena, 256, SUMMARY_MOST);
        out[found++].title = arena_text(cx->arena, title.at, title.n);
    }
    if (found != n + 1 || summary.full)
        return false;
    out[n].summary = trimmed(&summary);
    for (size_t i = 0; i <= n; i++)
        if (!*out[i].summary)
            return false;
    return true;
}
