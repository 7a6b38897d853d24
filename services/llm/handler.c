#include "handler.h"

#include "engine.h"
#include "extract/phrases.h"
#include "language.h"

#include <string.h>

#define KEYWORDS_USUAL 20

/* Answer with the first engine that can, telling the answer as it comes.
 * Retried: ENGINE_BUSY, ENGINE_DOWN, ENGINE_BROKEN, TIMEOUT, PG_DOWN.
 * Final: INPUT_INVALID, ENGINE_REFUSED, ENGINE_DISABLED, ENGINE_QUOTA. */
HANDLER(answer, llm_answer, answer)
{
    struct task task = { .text = in->text, .question = in->question, .material = in->material, .language = in->language };
    const char *asked = task.question && *task.question ? task.question : task.text;
    struct engines able;

    if (!asked || !*asked)
        return fail(cx, INPUT_INVALID, "there is neither a text nor a question");
    if (!task.language)
        task.language = language_guess(asked);
    TRY(engines_choose(cx, &(struct wanted){ in->engine, in->model, NULL }, &able));
    TRY(engines_ask(cx, &able, &task, in->model, out));
    out->language = task.language;
    return OK;
}

/* Do with a text what the task names, telling the result as it comes.
 * Retried: as `answer`. Final: INPUT_INVALID (no such task, no text, no language to translate into), ENGINE_REFUSED (the engine cannot
 * do it, or the text is too long for it), ENGINE_DISABLED, ENGINE_QUOTA. */
HANDLER(text_process, llm_process, answer)
{
    struct task task = { .text = in->text, .language = in->language, .work = work_named(in->task) };
    struct engines able;

    if (!task.work)
        return fail(cx, INPUT_INVALID, "/task is none of " WORK_NAMES);
    if (!in->text[strspn(in->text, " \t\r\n")])
        return fail(cx, INPUT_INVALID, "/text is empty");
    if (!task.language && text_is(in->task, "translate"))
        return fail(cx, INPUT_INVALID, "/language is missing");
    if (!task.language)
        task.language = language_guess(in->text);
    TRY(engines_choose(cx, &(struct wanted){ in->engine, in->model, task.work }, &able));
    TRY(engines_ask(cx, &able, &task, in->model, out));
    out->language = task.language;
    return OK;
}

/* The phrases that a text comes back to. They are counted here, whatever engines there are. */
HANDLER(keywords, llm_keywords, keywords)
{
    size_t most = (size_t)(in->most ? in->most : KEYWORDS_USUAL), n;
    struct phrase *found = NEWS(cx, struct phrase, most);
    struct tokens tokens;

    out->language = in->language ? in->language : language_guess(in->text);
    out->engine = engine_extract.name;
    TRY(tokens_read(cx, &in->text, 1, text_starts(out->language, "fr"), &tokens));
    TRY(phrases_find(cx, &tokens, 0, found, most, &n));
    out->keywords.at = NEWS(cx, struct keyword, n);
    for (; out->keywords.n < n; out->keywords.n++) {
        const struct phrase *p = &found[out->keywords.n];
        out->keywords.at[out->keywords.n] = (struct keyword){ arena_text(cx->arena, p->at.at, p->at.n), (int)p->count, p->weight / found[0].weight };
    }
    return OK;
}
