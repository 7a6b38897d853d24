/* What palabre-stt --engines tells. */
#include "engine.h"
#include "app/worker.h"
#include "config.h"

#include <string.h>

static const char *languages_of(struct ctx *cx, const struct engine *e)
{
    struct text all = text_new(cx->arena, 64, 1000);

    for (const char *const *l = e->languages; l && *l; l++)
        text_fmt(&all, "%s%s", l == e->languages ? "" : ", ", *l);
    return e->languages ? all.at : NULL;
}

static struct engine_told tell(struct ctx *cx, const char *name, size_t len)
{
    const struct engine *e = engine_named(name, len);
    struct engine_told told = { .engine = arena_text(cx->arena, name, len), .why = "there is no such engine" };

    if (!e)
        return told;
    err_t off = e->ready ? e->ready(cx) : OK;
    return (struct engine_told){ .engine = e->name, .able = !off, .why = off ? off->text : NULL, .languages = languages_of(cx, e) };
}

void engines_tell(struct ctx *cx, struct engines_told *out)
{
    const char *at = stt_settings(cx)->stt_engines;

    out->engines.n = 0;
    out->engines.at = NEWS(cx, struct engine_told, ENGINES_MOST);
    while (*(at += strspn(at, ", ")) && out->engines.n < ENGINES_MOST) {
        size_t len = strcspn(at, ", ");
        out->engines.at[out->engines.n++] = tell(cx, at, len);
        at += len;
    }
}
