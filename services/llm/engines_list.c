/* What palabre-llm --engines tells. */
#include "engine.h"
#include "app/worker.h"
#include "config.h"

#include <string.h>

static struct engine_told tell(struct ctx *cx, const char *name, size_t len)
{
    const struct engine *e = engine_named(name, len);
    struct engine_told told = { .engine = arena_text(cx->arena, name, len), .why = "there is no such engine" };

    if (!e)
        return told;
    err_t off = e->ready ? e->ready(cx) : OK;
    return (struct engine_told){ .engine = e->name, .able = !off, .why = off ? off->text : NULL };
}

void engines_tell(struct ctx *cx, struct engines_told *out)
{
    const char *at = llm_settings(cx)->llm_engines;

    out->engines.n = 0;
    out->engines.at = NEWS(cx, struct engine_told, ENGINES_MOST);
    while (*(at += strspn(at, ", ")) && out->engines.n < ENGINES_MOST) {
        size_t len = strcspn(at, ", ");
        out->engines.at[out->engines.n++] = tell(cx, at, len);
        at += len;
    }
}
