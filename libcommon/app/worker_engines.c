/* What engines a worker has and which of them can work: for its --engines, which needs no server. */
#include "app/worker_state.h"
#include "data/json.h"

#include <stdio.h>

SHAPE(engine_told, "An engine of a worker, in the configured order.",
    FIELD(engine_told, service,   "Whose it is."),
    FIELD(engine_told, engine,    "Its name."),
    FIELD(engine_told, able,      "It can work."),
    FIELD(engine_told, why,       "Why it cannot."),
    FIELD(engine_told, languages, "What it can, with commas; absent: not bound to languages."));

int worker_tell_engines(const struct worker_plan *plan)
{
    struct arena *home = arena_new();
    struct daemon d = { .service = plan->daemon.service, .home = home, .config = plan->daemon.config };
    struct ctx cx = { .arena = home, .daemon = &d };
    struct text lines = text_new(home, 1024, 1u << 16);
    struct engines_told told = { .engines = { .n = 0 } };
    err_t e = plan->daemon.config_shape ? config_read(&cx, plan->daemon.config_shape, plan->daemon.config) : OK;

    if (e)
        fprintf(stderr, "palabre-%s: %s\n", d.service, e->text);
    else if (plan->engines)
        plan->engines(&cx, &told);
    for (size_t i = 0; i < told.engines.n; i++) {
        told.engines.at[i].service = d.service;
        json_put(&lines, &engine_told_shape, &told.engines.at[i]);
        text_char(&lines, '\n');
    }
    if (lines.n)
        fputs(lines.at, stdout);
    arena_free(home);
    return e ? 2 : 0;
}
