/* What palabre-tts --engines tells. */
#include "engine.h"
#include "app/worker.h"

static const char *languages_of(struct ctx *cx, const struct engine *e)
{
    struct text all = text_new(cx->arena, 64, 1000);

    for (const char *const *l = e->languages; l && *l; l++)
        text_fmt(&all, "%s%s", l == e->languages ? "" : ", ", *l);
    return e->languages ? all.at : NULL;
}

void engines_tell(struct ctx *cx, struct engines_told *out)
{
    const struct engine *engines[ENGINES_MOST];
    size_t n = engines_list(engines);

    out->engines.n = n;
    out->engines.at = NEWS(cx, struct engine_told, n);
    for (size_t i = 0; i < n; i++) {
        const char *why = engines[i]->check(cx);
        out->engines.at[i] = (struct engine_told){ .engine = engines[i]->name, .able = !why, .why = why,
                                                   .languages = languages_of(cx, engines[i]) };
    }
}
