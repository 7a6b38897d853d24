/* An engine after another is asked, until one answers. */
#include "engine.h"

#include "app/breaker.h"
#include "app/jobs.h"
#include "base/clock.h"

/* Once words were told, another attempt of the same engine is nearer to them than another engine. */
static bool worth_another_attempt(const struct ctx *cx, const struct telling *t, err_t e)
{
    return err_retry(e->code) == LATER && t->told && cx->job && cx->job->attempt < cx->job->attempts_most;
}

fallible engines_ask(struct ctx *cx, const struct engines *able, struct task *task, const char *model, struct answer *out)
{
    err_t e = OK;

    for (size_t i = 0; i < able->n; i++) {
        const struct engine *by = able->at[i];
        task->model = model ? model : by->model(cx);
        struct telling t = telling_new(cx, by->name, task->model);
        t.quiet = task->parts_n;        /* what is between the handler and an engine */

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
