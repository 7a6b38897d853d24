/* The embedded engine, which needs no key and no network: it quotes the sentences of a text that are nearest
 * to a question, or those that say most of it. It writes nothing of its own, and says so. */
#include "engine.h"

#include "data/shape.h"
#include "extract/asked.h"
#include "extract/rank.h"
#include "extract/say.h"

#include <string.h>

#define QUOTES_MOST   3
#define SUMMARY_MOST  9
#define LONG_WORDS    60        /* from here on a text without a question is worth a summary */
#define HEARD_MOST    400       /* bytes of it that are repeated */

static const char *model(const struct ctx *cx) { return (void)cx, "extract"; }

static bool has_model(const char *name) { return text_is(name, "extract"); }

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

/* What to look into, and for what: the question in the material, else in the text; the text in the material. */
static err_t answer(struct ctx *cx, const struct task *task, struct telling *t, struct answer *out)
{
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
    *out = (struct answer){ .answer = t->all.at, .engine = "extract", .model = "extract",
                            .prompt_tokens = LONG_NONE, .completion_tokens = LONG_NONE };
    return OK;
}

const struct engine engine_extract = { .name = "extract", .model = model, .has_model = has_model, .answer = answer };
