/* llm.chapters: what was said becomes utterances, these become chapters, and an engine words them. */
#include "handler.h"

#include "app/breaker.h"
#include "chapters_told.h"
#include "config.h"
#include "engine.h"
#include "extract/passages.h"
#include "extract/topics.h"
#include "language.h"

#include <string.h>

#define PAUSE_S         0.8     /* of silence ends an utterance */
#define UTTERANCE_BYTES 160     /* so does this length, where captions have no full stops */
#define TEXT_BYTES      ((size_t)4 << 20)

/* --- utterances --- */

/* Segments [from, to), and what they say. */
struct span { size_t from, to; };

static bool ends_sentence(const char *text)
{
    size_t n = strlen(text);

    while (n && strchr(" \t\r\n\"')]", text[n - 1]))
        n--;
    return n && strchr(".!?", text[n - 1]);
}

static const char *text_of(struct ctx *cx, const struct llm_chapters *in, struct span s)
{
    struct text t = text_new(cx->arena, 256, TEXT_BYTES);

    for (size_t i = s.from; i < s.to; i++)
        text_fmt(&t, "%s%s", t.n && *in->segments.at[i].text ? " " : "", in->segments.at[i].text);
    return t.n ? t.at : "";
}

static size_t utterances_find(const struct llm_chapters *in, struct span *out)
{
    size_t n = 0, bytes = 0;

    for (size_t i = 0, from = 0; i < in->segments.n; i++) {
        const struct spoken *s = &in->segments.at[i], *next = i + 1 < in->segments.n ? s + 1 : NULL;
        bytes += strlen(s->text);
        if (next && !ends_sentence(s->text) && next->start - s->end < PAUSE_S && bytes < UTTERANCE_BYTES)
            continue;
        out[n++] = (struct span){ from, i + 1 };
        from = i + 1, bytes = 0;
    }
    return n;
}

/* --- parts --- */

static fallible cut_by_subject(struct ctx *cx, const struct llm_chapters *in, bool french, struct span *out, size_t *n)
{
    struct span *spans = NEWS(cx, struct span, in->segments.n);
    size_t found = utterances_find(in, spans);
    struct utterance *at = NEWS(cx, struct utterance, found);
    const char **texts = NEWS(cx, const char *, found);
    bool *begins = NEWS(cx, bool, found);
    struct tokens tokens;

    for (size_t i = 0; i < found; i++) {
        const struct spoken *first = &in->segments.at[spans[i].from];
        texts[i] = text_of(cx, in, spans[i]);
        at[i] = (struct utterance){ first->start, i ? first->start - first[-1].end : 0 };
    }
    TRY(tokens_read(cx, texts, found, french, &tokens));
    TRY(topics_cut(cx, &tokens, at, found, begins));
    for (size_t i = 0; i < found; i++) {
        if (begins[i])
            out[(*n)++].from = spans[i].from;
        out[*n - 1].to = spans[i].to;
    }
    return OK;
}

/* A segment belongs where its middle lies; what is said before the first of the given chapters, to none. */
static void cut_as_given(const struct llm_chapters *in, struct span *out)
{
    for (size_t i = 0, at = 0; i < in->sections.n; i++) {
        const struct llm_section *s = &in->sections.at[i];
        double end = i + 1 < in->sections.n ? s[1].start_s : s->end_s;
        while (at < in->segments.n && (in->segments.at[at].start + in->segments.at[at].end) / 2 < s->start_s)
            at++;
        out[i].from = at;
        while (at < in->segments.n && ((in->segments.at[at].start + in->segments.at[at].end) / 2 < end || i + 1 == in->sections.n))
            at++;
        out[i].to = at;
    }
}

static fallible cut(struct ctx *cx, const struct llm_chapters *in, bool french, struct chapters *out)
{
    size_t n = in->sections.n;
    struct span *spans = NEWS(cx, struct span, n ? n : in->segments.n);

    if (n)
        cut_as_given(in, spans);
    else
        TRY(cut_by_subject(cx, in, french, spans, &n));
    out->sections.at = NEWS(cx, struct chapter, n);
    for (size_t i = 0; i < n; i++) {
        struct chapter *c = &out->sections.at[out->sections.n++];
        *c = (struct chapter){ .text = text_of(cx, in, spans[i]) };
        if (in->sections.n)
            c->title = in->sections.at[i].title, c->start_s = in->sections.at[i].start_s, c->end_s = in->sections.at[i].end_s;
        else
            c->start_s = in->segments.at[spans[i].from].start, c->end_s = in->segments.at[spans[i].to - 1].end;
    }
    return OK;
}

/* --- words --- */

/* A model is given as much of each as fits. */
static fallible parts_of(struct ctx *cx, const struct chapters *c, struct part *out)
{
    size_t most = (size_t)llm_settings(cx)->llm_material_bytes / (c->sections.n ? c->sections.n : 1);

    for (size_t i = 0; i < c->sections.n; i++) {
        out[i].title = c->sections.at[i].title;
        TRY(passages_pick(cx, c->sections.at[i].text, NULL, most, &out[i].text));
    }
    return OK;
}

/* By an engine whose words can be read: who writes something else is left for the next. */
static fallible words_ask(struct ctx *cx, const struct engines *able, struct task *task, struct answer *by, struct told *told)
{
    err_t e = OK;

    for (size_t i = 0; i < able->n; i++) {
        e = engines_ask(cx, &(struct engines){ { able->at[i] }, 1 }, task, NULL, by);
        if (!e && chapters_told(cx, by->answer, told, task->parts_n))
            return OK;
        if (e && !engine_at_fault(e))
            return e;
        e = e ? e : fail(cx, ENGINE_BROKEN, "%s did not word the chapters as it was asked to", able->at[i]->name);
        explain(cx, able->at[i]->name, "failed", e->text);
    }
    return e;
}

static fallible word(struct ctx *cx, const struct engines *able, struct chapters *out)
{
    struct part *parts = NEWS(cx, struct part, out->sections.n);
    struct told *told = NEWS(cx, struct told, out->sections.n + 1);
    struct task task = { .language = out->language, .work = &work_chapters, .parts = parts, .parts_n = out->sections.n };
    struct answer by = { 0 };

    TRY(parts_of(cx, out, parts));
    TRY(words_ask(cx, able, &task, &by, told));
    for (size_t i = 0; i < out->sections.n; i++) {
        struct chapter *c = &out->sections.at[i];
        c->title = c->title && *c->title ? c->title : told[i].title;
        c->summary = *c->text ? told[i].summary : "";       /* of nothing there is none, whatever was written */
    }
    out->summary = told[out->sections.n].summary;
    out->engine = by.engine, out->model = by.model;
    out->prompt_tokens = by.prompt_tokens, out->completion_tokens = by.completion_tokens, out->cost_micro = by.cost_micro;
    return OK;
}

/* Chapters as their author made them, else cut where what is said turns to something else; each with a title and a summary.
 * Retried: as `answer`. Final: INPUT_INVALID (nothing was said), ENGINE_REFUSED, ENGINE_DISABLED, ENGINE_QUOTA. */
HANDLER(chapters, llm_chapters, chapters)
{
    struct engines able;

    for (size_t i = 0; i < in->segments.n; i++)
        in->segments.at[i].text = in->segments.at[i].text ? in->segments.at[i].text : "";
    const char *all = text_of(cx, in, (struct span){ 0, in->segments.n });
    if (!all[strspn(all, " \t\r\n")])
        return fail(cx, INPUT_INVALID, "nothing is said that could be cut into chapters");
    out->language = in->language ? in->language : language_guess(all);
    TRY(engines_choose(cx, &(struct wanted){ in->engine, NULL, &work_chapters }, &able));
    TRY(cut(cx, in, text_starts(out->language, "fr"), out));
    return word(cx, &able, out);
}
