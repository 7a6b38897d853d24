#include "handler.h"

#include "app/breaker.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "engine.h"
#include "language.h"

#include <string.h>

/* Once words were told, another attempt of the same engine is nearer to them than another engine. */
static bool worth_another_attempt(const struct ctx *cx, const struct telling *t, err_t e)
{
    return err_retry(e->code) == LATER && t->told && cx->job && cx->job->attempt < cx->job->attempts_most;
}

static fallible engines_ask(struct ctx *cx, const struct engines *able, struct task *task, const char *model, struct answer *out)
{
    err_t e = OK;

    for (size_t i = 0; i < able->n; i++) {
        const struct engine *by = able->at[i];
        task->model = model ? model : by->model(cx);
        struct telling t = telling_new(cx, by->name, task->model);

        TRY(clock_check(cx));
        e = by->answer(cx, task, &t, out);
        if (!e) {
            telling_end(&t);
            explain(cx, by->name, "taken", i ? "those before it failed" : "first in the declared order");
            return OK;
        }
        explain(cx, by->name, "failed", e->text);
        if (!engine_at_fault(e) || worth_another_attempt(cx, &t, e))
            return e;
    }
    return e;
}

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
    TRY(engines_choose(cx, in, &able));
    TRY(engines_ask(cx, &able, &task, in->model, out));
    out->language = task.language;
    return OK;
}
