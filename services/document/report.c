#include "report.h"

#include "config.h"
#include "markdown.h"

#include <string.h>

/* Headings of the sections, by manner: French unless English is asked for. */
enum heading { QUESTION, ANSWER, TRANSCRIPT };
static const char *const headings[][3] = {
    [QUESTION]   = { [MANNER_PLAIN] = "Question",      [MANNER_FRENCH] = "Question",      [MANNER_ENGLISH] = "Question" },
    [ANSWER]     = { [MANNER_PLAIN] = "Réponse",       [MANNER_FRENCH] = "Réponse",       [MANNER_ENGLISH] = "Answer" },
    [TRANSCRIPT] = { [MANNER_PLAIN] = "Transcription", [MANNER_FRENCH] = "Transcription", [MANNER_ENGLISH] = "Transcript" },
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

static fallible text_check(struct ctx *cx, const char *text)
{
    return !text || text_is_utf8(text, strlen(text)) ? OK : fail(cx, INPUT_INVALID, "A text of the report is not UTF-8.");
}

static fallible texts_check(struct ctx *cx, const struct document_report *r)
{
    const char *const texts[] = { r->title, r->subtitle, r->question, r->answer, r->transcript, r->body };

    if (!r->title || !*r->title)
        return fail(cx, INPUT_INVALID, "A report needs a title.");
    for (size_t i = 0; i < COUNT(texts); i++)
        TRY(text_check(cx, texts[i]));
    for (size_t i = 0; i < r->facts.n; i++) {
        TRY(text_check(cx, r->facts.at[i].label));
        TRY(text_check(cx, r->facts.at[i].value));
    }
    return OK;
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
    p->running = typed(cx, r->title, manner);
    line_add(cx, p, TITLE, r->title, manner);
    if (is_there(r->subtitle))
        line_add(cx, p, SUBTITLE, r->subtitle, manner);
    if (r->facts.n)
        facts_add(cx, p, r, manner);
    if (is_there(r->question)) {
        line_add(cx, p, HEADING, headings[QUESTION][manner], manner);
        markdown_add(cx, p, r->question, manner, 1);
    }
    if (is_there(r->answer)) {
        line_add(cx, p, HEADING, headings[ANSWER][manner], manner);
        markdown_add(cx, p, r->answer, manner, 1);
    }
    if (is_there(r->transcript)) {
        line_add(cx, p, HEADING, headings[TRANSCRIPT][manner], manner);
        plain_add(cx, p, r->transcript, manner);
    }
    if (is_there(r->body))
        markdown_add(cx, p, r->body, manner, 0);
    return p;
}

err_t report_make(struct ctx *cx, const struct document_engine *engine, const struct document_report *r, struct made *out)
{
    TRY(texts_check(cx, r));
    return engine->typeset(cx, paper_of(cx, r), out);
}

err_t report_typeset(struct ctx *cx, const struct document_report *r, struct bytes *pdf)
{
    struct made made;

    TRY(report_make(cx, &pango_engine, r, &made));
    *pdf = made.file;
    return OK;
}
