#include "transcript.h"

#include "config.h"
#include "parts.h"

#include <math.h>
#include <string.h>

#define PROSE_MOST (64u << 20)

static fallible material_clean(struct ctx *cx, struct document_material *m)
{
    struct turn *turns = NEWS(cx, struct turn, m->turns.n);

    TRY(texts_clean(cx, (const char **[]){ &m->title }, 1));
    TRY(facts_clean(cx, (struct list *)&m->facts));
    for (size_t i = 0; i < m->turns.n; i++) {
        turns[i] = m->turns.at[i];
        TRY(texts_clean(cx, (const char **[]){ &turns[i].speaker, &turns[i].text }, 2));
    }
    m->turns.at = turns;
    return m->title && *m->title ? OK : fail(cx, INPUT_INVALID, "A transcript needs a title.");
}

static const char *time_text(struct ctx *cx, double s)
{
    long long all = s > 0 && s < 1e9 ? (long long)s : 0;

    return arena_fmt(cx->arena, "%02lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
}

/* The name stands bold before what is said, its colon as the labels' language has it. */
static void turn_add(struct ctx *cx, struct paper *p, const struct turn *t, enum manner labels, enum manner manner)
{
    struct block *b = paper_add(cx, p, TURN);
    struct prose_maker m = prose_start(cx, PROSE_MOST);

    if (t->speaker && *t->speaker) {
        prose_add(cx, &m, t->speaker, strlen(t->speaker), LOOK_BOLD, NULL);
        const char *colon = labels == MANNER_FRENCH ? "\u00a0:" : ":";
        prose_add(cx, &m, colon, strlen(colon), LOOK_BOLD, NULL);
        prose_add(cx, &m, " ", 1, 0, NULL);
    }
    prose_add(cx, &m, t->text, strlen(t->text), 0, NULL);
    struct prose raw = prose_end(cx, &m);
    b->prose = typography(cx, &raw, manner);
    b->level = t->speaker && *t->speaker;
    if (!isnan(t->start))
        b->marker = time_text(cx, t->start);
}

static struct paper *paper_of(struct ctx *cx, const struct document_material *m)
{
    enum manner labels = manner_of(m->labels), manner = manner_of(m->language);
    struct paper *p = paper_new(cx);

    p->title = m->title;
    p->language = m->language ? m->language : "fr";
    p->author = document_settings.document_author;
    p->pages_most = document_settings.document_max_pages;
    p->page_word = "Page ";
    p->running = typed(cx, m->title, manner);
    line_add(cx, p, TITLE, m->title, manner);
    if (m->facts.n)
        facts_add(cx, p, (const struct list *)&m->facts, labels);
    for (size_t i = 0; i < m->turns.n; i++)
        turn_add(cx, p, &m->turns.at[i], labels, manner);
    return p;
}

err_t transcript_make(struct ctx *cx, const struct document_engine *engine, const struct document_material *m, struct made *out)
{
    struct document_material clean = *m;

    TRY(material_clean(cx, &clean));
    return engine->typeset(cx, paper_of(cx, &clean), out);
}
