/* The embedded engine, which needs no key and no network: it quotes the sentences of a text that are nearest
 * to a question, or those that say most of it. It writes nothing of its own, and says so. */
#include "engine.h"

#include "base/clock.h"
#include "data/shape.h"
#include "extract/asked.h"
#include "extract/phrases.h"
#include "extract/rank.h"
#include "extract/say.h"

#include <string.h>

#define QUOTES_MOST   3
#define SUMMARY_MOST  9
#define LONG_WORDS    60        /* from here on a text without a question is worth a summary */
#define HEARD_MOST    400       /* bytes of it that are repeated */
#define WORK_MOST     20
#define WHOLE_MOST    5         /* sentences for all parts together */

static const char *model(const struct ctx *cx) { return (void)cx, "extract"; }

static bool has_model(const char *name) { return text_is(name, "extract"); }

static bool can(const struct work *work) { return work->quoted; }

static void tell(struct telling *t, const char *text)
{
    telling_add(t, (struct bytes){ text, strlen(text) });
    telling_flush(t);
}

#define tellf(t, ...)  tell((t), arena_fmt((t)->cx->arena, __VA_ARGS__))

/* On one line, however it stood in the text. */
static const char *one_line(struct ctx *cx, struct bytes b, size_t most)
{
    size_t n = b.n > most ? text_utf8_cut(b.at, most) : b.n;
    char *line = arena_text(cx->arena, b.at, n);

    for (char *c = line; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '\t')
            *c = ' ';
    return n < b.n ? arena_fmt(cx->arena, "%s…", line) : line;
}

static const char *brief(struct ctx *cx, const char *text) { return one_line(cx, (struct bytes){ text, strlen(text) }, HEARD_MOST); }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"     /* the formats of say.c, which tests fill in */

static void quote(struct telling *t, const struct task *task, const struct document *d, size_t i)
{
    const struct sentence *s = &d->sentences[i];

    tellf(t, "\n\n> %s\n>\n> —", one_line(t->cx, s->text, SIZE_MAX));
    if (s->heading && *s->heading)
        tellf(t, say(task->language, SAY_UNDER), i + 1, d->n, s->paragraph, s->heading);
    else
        tellf(t, say(task->language, SAY_PLACE), i + 1, d->n, s->paragraph);
}

static void summarize(struct telling *t, const struct task *task, const struct document *d, size_t wanted)
{
    struct pick picks[SUMMARY_MOST];
    size_t most = wanted ? wanted : 2 + d->n / 10;
    size_t n = rank_summary(t->cx, d, picks, most < SUMMARY_MOST ? most : SUMMARY_MOST);

    tellf(t, say(task->language, SAY_SUMMARY), n, d->n);
    tell(t, "\n");
    for (size_t i = 0; i < n; i++)
        tellf(t, "\n- %s", one_line(t->cx, d->sentences[picks[i].sentence].text, SIZE_MAX));
}

static void look_up(struct telling *t, const struct task *task, const struct document *d, const char *question)
{
    struct pick picks[QUOTES_MOST];
    struct query q = query_read(d, question);
    size_t n = rank_find(d, &q, picks, QUOTES_MOST);

    if (!n) {
        tellf(t, say(task->language, SAY_NOT_FOUND), brief(t->cx, question));
        return;
    }
    tell(t, say(task->language, n > 1 ? SAY_FOUND_MANY : SAY_FOUND_ONE));
    for (size_t i = 0; i < n; i++)
        quote(t, task, d, picks[i].sentence);
}

static void heard(struct telling *t, const struct task *task)
{
    const char *text = task->question && *task->question ? task->question : task->text;

    tellf(t, say(task->language, asks_question(text) ? SAY_HEARD_QUESTION : SAY_HEARD), brief(t->cx, text));
}

#pragma GCC diagnostic pop

static size_t words_in(const struct document *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++)
        n += d->sentences[i].words;
    return n;
}

static bool is_there(const char *text) { return text && *text; }

/* --- works: nothing but the sentences, or what was found --- */

/* The sentences that say most of a text, one behind the other or in a list. */
static fallible sum_up(struct ctx *cx, const char *text, size_t most, const char *mark, struct text *to)
{
    struct pick picks[WORK_MOST];
    struct document d;

    TRY(document_read(cx, text, &d));
    size_t n = rank_summary(cx, &d, picks, most);
    for (size_t i = 0; i < n; i++)
        text_fmt(to, "%s%s%s", i ? *mark ? "\n" : " " : "", mark, one_line(cx, d.sentences[picks[i].sentence].text, SIZE_MAX));
    return clock_check(cx);
}

static fallible do_work(struct telling *t, const struct task *task)
{
    const struct work *w = task->work;
    struct document d;

    TRY(document_read(t->cx, task->text, &d));
    size_t wanted = d.n / w->one_of < w->least ? w->least : d.n / w->one_of > w->most ? w->most : d.n / w->one_of;
    struct text said = text_new(t->cx->arena, 1024, ANSWER_MAX_BYTES);
    TRY(sum_up(t->cx, task->text, wanted, w->listed ? "- " : "", &said));
    tell(t, said.n ? said.at : one_line(t->cx, (struct bytes){ task->text, strlen(task->text) }, HEARD_MOST));
    return said.full ? fail(t->cx, ENGINE_REFUSED, "extract: the sentences of this text are too long") : OK;
}

/* A phrase as a title: its first letter is a capital (ASCII, or Latin-1 in UTF-8). */
static const char *as_title(struct ctx *cx, struct bytes phrase)
{
    char *title = arena_fmt(cx->arena, "%s", one_line(cx, phrase, SIZE_MAX));
    unsigned char *first = (unsigned char *)title;

    if (*first >= 'a' && *first <= 'z')
        *first -= 'a' - 'A';
    else if (*first == 0xc3 && first[1] >= 0xa0 && first[1] <= 0xbe && first[1] != 0xb7)
        first[1] -= 0x20;
    return title;
}

/* "## title", and a summary that is no heading. */
static void tell_part(struct telling *t, const char *title, const char *summary)
{
    summary += strspn(summary, "# ");
    tellf(t, "## %s\n%s\n\n", title, *summary ? summary : "—");
}

static fallible word_part(struct telling *t, const struct task *task, const struct tokens *tokens, size_t i)
{
    const struct work *w = task->work;
    struct text summary = text_new(t->cx->arena, 512, 8000);
    struct phrase p;
    size_t n;

    TRY(phrases_find(t->cx, tokens, i, &p, 1, &n));
    TRY(sum_up(t->cx, task->parts[i].text, w->most, "", &summary));
    const char *number = arena_fmt(t->cx->arena, text_starts(task->language, "en") ? "Part %zu" : "Partie %zu", i + 1);
    tell_part(t, n && p.at.n <= 150 ? as_title(t->cx, p.at) : number, summary.n ? summary.at : "");
    return OK;
}

static fallible word_parts(struct telling *t, const struct task *task)
{
    const char **texts = NEWS(t->cx, const char *, task->parts_n);
    struct text whole = text_new(t->cx->arena, 4096, (size_t)8 << 20), summary = text_new(t->cx->arena, 512, 8000);
    struct tokens tokens;

    for (size_t i = 0; i < task->parts_n; i++) {
        texts[i] = task->parts[i].text;
        text_fmt(&whole, "%s\n\n", texts[i]);
    }
    TRY(tokens_read(t->cx, texts, task->parts_n, text_starts(task->language, "fr"), &tokens));
    for (size_t i = 0; i < task->parts_n; i++)
        TRY(word_part(t, task, &tokens, i));
    TRY(sum_up(t->cx, whole.n ? whole.at : "", WHOLE_MOST, "", &summary));
    tell_part(t, "=", summary.n ? summary.at : "");
    return OK;
}

static void fill(struct answer *out, const struct telling *t)
{
    *out = (struct answer){ .answer = t->all.at, .engine = "extract", .model = "extract", .prompt_tokens = LONG_NONE, .completion_tokens = LONG_NONE };
}

static err_t work(struct telling *t, const struct task *task, struct answer *out)
{
    TRY(task->parts_n ? word_parts(t, task) : do_work(t, task));
    fill(out, t);
    return t->all.full ? fail(t->cx, ENGINE_REFUSED, "extract: the result has more than %d bytes", ANSWER_MAX_BYTES) : OK;
}

/* What to look into, and for what: the question in the material, else in the text; the text in the material. */
static err_t answer(struct ctx *cx, const struct task *task, struct telling *t, struct answer *out)
{
    if (task->work)
        return work(t, task, out);

    const char *source = is_there(task->material) ? task->material : task->text;
    const char *question = is_there(task->question) ? task->question : is_there(task->material) ? task->text : NULL;
    struct document d = { .n = 0 };
    size_t wanted = 0;

    if (is_there(source))
        TRY(document_read(cx, source, &d));
    bool summary = d.n && (question ? asks_summary(question, &wanted) :
                           words_in(&d) >= LONG_WORDS || (d.n > 1 && asks_summary(source, &wanted)));
    if (summary)
        summarize(t, task, &d, wanted);
    else if (d.n && question)
        look_up(t, task, &d, question);
    else
        heard(t, task);
    tell(t, "\n\n");
    tell(t, say(task->language, SAY_SIGNED));
    fill(out, t);
    return OK;
}

const struct engine engine_extract = { .name = "extract", .model = model, .has_model = has_model, .can = can, .answer = answer };
