/* The engines of each service, as its worker tells them. */
#include "ctl.h"
#include "inputs.h"
#include "print.h"
#include "sibling.h"
#include "app/worker.h"

static const char *const services[] = { "stt", "llm", "tts" };

#define ROWS_MOST 64

static void add(struct engines_told *all, const struct engines_told *more)
{
    for (size_t i = 0; i < more->engines.n && all->engines.n < ROWS_MOST; i++)
        all->engines.at[all->engines.n++] = more->engines.at[i];
}

COMMAND(engines_show, engines_in)
{
    struct engines_told all = { .engines = { NEWS(c->cx, struct engine_told, ROWS_MOST), 0 } };

    for (size_t i = 0; i < COUNT(services); i++) {
        struct engines_told told = { .engines = { .n = 0 } };
        err_t e = sibling_ask(c, services[i], "--engines", &engine_told_shape, &told.engines);
        if (e)
            ctl_complain_of(c, e);
        else
            add(&all, &told);
    }
    print_rows(c, in->json, &engine_told_shape, "service engine able languages why", &all.engines);
    return OK;
}
