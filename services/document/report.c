#include "report.h"

#include "config.h"
#include "markdown.h"

#include <string.h>

/* What we say ourselves, by manner: French unless English is asked for. */
enum word { QUESTION, ANSWER, TRANSCRIPT, PAGE };
static const char *const words[][3] = {
    [QUESTION]   = { [MANNER_PLAIN] = "Question",      [MANNER_FRENCH] = "Question",      [MANNER_ENGLISH] = "Question" },
    [ANSWER]     = { [MANNER_PLAIN] = "Réponse",       [MANNER_FRENCH] = "Réponse",       [MANNER_ENGLISH] = "Answer" },
    [TRANSCRIPT] = { [MANNER_PLAIN] = "Transcription", [MANNER_FRENCH] = "Transcription", [MANNER_ENGLISH] = "Transcript" },
    [PAGE]       = { [MANNER_PLAIN] = "",              [MANNER_FRENCH] = "Page ",         [MANNER_ENGLISH] = "Page " },
};

static struct prose typed(struct ctx *cx, const char *text, enum manner manner)
{
    struct prose raw = prose_plain(cx, text, strlen(text));

    return typography(cx, &raw, manner);
}

static void line_add(struct ctx *cx, struct paper *p, enum block_kind kind, const char *text, enum manner manner)
{
    struct block *b = paper_add(cx, p, kind);

    b->prose = typed(cx, text, manner);
    b->level = 1;
}

static void facts_add(struct ctx *cx, struct paper *p, const struct document_report *r, enum manner manner)
{
    struct grid *g = NEW(cx, struct grid);

    *g = (struct grid){ .columns = 2, .rows = r->facts.n, .headless = true, .cells = NEWS(cx, struct prose, 2 * r->facts.n) };
    for (size_t i = 0; i < r->facts.n; i++) {
        g->cells[2 * i] = typed(cx, r->facts.at[i].label, manner);
        g->cells[2 * i + 1] = typed(cx, r->facts.at[i].value, manner);
    }
    paper_add(cx, p, FACTS)->grid = g;
}

/* Code points that are no characters and never will be (Unicode 23.7): cairo refuses them, and pipes.h
 * uses two of them. Bytes of the one at `at`; 0: it is another. */
static size_t noncharacter(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;

    if (c[0] == 0xef)
        return (c[1] == 0xb7 && c[2] >= 0x90 && c[2] <= 0xaf) || (c[1] == 0xbf && c[2] >= 0xbe) ? 3 : 0;
    return c[0] >= 0xf0 && (c[1] & 15) == 15 && c[2] == 0xbf && c[3] >= 0xbe ? 4 : 0;
}

static const char *noncharacter_find(const char *at)
{
    for (; *at; at++)
        if ((unsigned char)*at >= 0xef && noncharacter(at))
            return at;
    return NULL;
}

/* The text as it can be set. INPUT_INVALID: it is not UTF-8. */
static fallible text_clean(struct ctx *cx, const char **text)
{
    size_t n = *text ? strlen(*text) : 0;
    struct text out;

    if (!text_is_utf8(*text ? *text : "", n))
        return fail(cx, INPUT_INVALID, "A text of the report is not UTF-8.");
    const char *at = *text, *found = at ? noncharacter_find(at) : NULL;
    if (!found)
        return OK;
    out = text_new(cx->arena, n, n);
    for (; found; at = found + noncharacter(found), found = noncharacter_find(at))
        text_add(&out, at, (size_t)(found - at));
    text_put(&out, at);
    *text = out.at;
    return OK;
}

static fallible report_clean(struct ctx *cx, struct document_report *r)
{
    const char **texts[] = { &r->title, &r->subtitle, &r->question, &r->answer, &r->transcript, &r->body };
    struct fact *facts = NEWS(cx, struct fact, r->facts.n);

    for (size_t i = 0; i < COUNT(texts); i++)
        TRY(text_clean(cx, texts[i]));
    for (size_t i = 0; i < r->facts.n; i++) {
        facts[i] = r->facts.at[i];
        TRY(text_clean(cx, &facts[i].label));
        TRY(text_clean(cx, &facts[i].value));
    }
    r->facts.at = facts;
    return r->title && *r->title ? OK : fail(cx, INPUT_INVALID, "A report needs a title.");
}

static bool is_there(const char *text) { return text && text[strspn(text, " \t\r\n")]; }

static struct paper *paper_of(struct ctx *cx, const struct document_report *r)
{
    enum manner manner = manner_of(r->language);
    struct paper *p = paper_new(cx);

    p->title = r->title;
    p->language = r->language ? r->language : "fr";
    p->author = document_settings.document_author;
    p->pages_most = document_settings.document_max_pages;
    p->page_word = words[PAGE][manner];
    p->running = typed(cx, r->title, manner);
    line_add(cx, p, TITLE, r->title, manner);
    if (is_there(r->subtitle))
        line_add(cx, p, SUBTITLE, r->subtitle, manner);
    if (r->facts.n)
        facts_add(cx, p, r, manner);
    if (is_there(r->question)) {
        line_add(cx, p, HEADING, words[QUESTION][manner], manner);
        markdown_add(cx, p, r->question, manner, 1);
    }
    if (is_there(r->answer)) {
        line_add(cx, p, HEADING, words[ANSWER][manner], manner);
        markdown_add(cx, p, r->answer, manner, 1);
    }
    if (is_there(r->transcript)) {
        line_add(cx, p, HEADING, words[TRANSCRIPT][manner], manner);
        plain_add(cx, p, r->transcript, manner);
    }
    if (is_there(r->body))
        markdown_add(cx, p, r->body, manner, 0);
    return p;
}

err_t report_make(struct ctx *cx, const struct document_engine *engine, const struct document_report *r, struct made *out)
{
    struct document_report clean = *r;

    TRY(report_clean(cx, &clean));
    return engine->typeset(cx, paper_of(cx, &clean), out);
}

err_t report_typeset(struct ctx *cx, const struct document_report *r, struct bytes *pdf)
{
    struct made made;

    TRY(report_make(cx, &pango_engine, r, &made));
    *pdf = made.file;
    return OK;
}
