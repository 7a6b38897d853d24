#include "report.h"

#include "config.h"
#include "markdown.h"
#include "parts.h"

#include <string.h>

/* What we say ourselves, by manner: French unless English is asked for. */
enum word { QUESTION, ANSWER, TRANSCRIPT, PAGE };
static const char *const words[][3] = {
    [QUESTION]   = { [MANNER_PLAIN] = "Question",      [MANNER_FRENCH] = "Question",      [MANNER_ENGLISH] = "Question" },
    [ANSWER]     = { [MANNER_PLAIN] = "Réponse",       [MANNER_FRENCH] = "Réponse",       [MANNER_ENGLISH] = "Answer" },
    [TRANSCRIPT] = { [MANNER_PLAIN] = "Transcription", [MANNER_FRENCH] = "Transcription", [MANNER_ENGLISH] = "Transcript" },
    [PAGE]       = { [MANNER_PLAIN] = "",              [MANNER_FRENCH] = "Page ",         [MANNER_ENGLISH] = "Page " },
};

static fallible report_clean(struct ctx *cx, struct document_report *r)
{
    const char **texts[] = { &r->title, &r->subtitle, &r->question, &r->answer, &r->transcript, &r->body };

    TRY(texts_clean(cx, texts, COUNT(texts)));
    TRY(facts_clean(cx, (struct list *)&r->facts));
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
        facts_add(cx, p, (const struct list *)&r->facts, manner);
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
