/* The settings of each daemon, as it tells them; what every daemon reads comes once. */
#include "ctl.h"
#include "inputs.h"
#include "nearest.h"
#include "print.h"
#include "sibling.h"
#include "app/daemon.h"

#include <ctype.h>
#include <string.h>

#define ROWS_MOST 1000

struct told { LIST_OF(struct setting_told) rows; };

/* PG_URL, for every daemon reads pg_url. */
static bool is_common(struct ctx *cx, const char *name)
{
    char *member = arena_text(cx->arena, name, strlen(name));

    for (char *at = member; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return shape_field(&settings_shape, member, strlen(member)) != NULL;
}

static void add(struct ctl *c, struct told *all, const struct told *more, bool first, bool only)
{
    for (size_t i = 0; i < more->rows.n && all->rows.n < ROWS_MOST; i++) {
        struct setting_told row = more->rows.at[i];
        bool common = !only && is_common(c->cx, row.name ? row.name : "");
        if (common && !first)
            continue;
        if (common)
            row.service = "all";
        all->rows.at[all->rows.n++] = row;
    }
}

static fallible choose(struct ctl *c, const char *service, struct texts *names)
{
    TRY(siblings_list(c, names));
    if (!names->n)
        return fail(c->cx, CONFIG_INVALID, "there is no palabre-* in %s", c->dir);
    for (size_t i = 0; service && i < names->n; i++)
        if (text_is(names->at[i], service)) {
            *names = (struct texts){ &names->at[i], 1 };
            return OK;
        }
    if (service)
        return fail(c->cx, INPUT_INVALID, "there is no palabre-%s here%s", service, nearest(c->cx, service, names->at, names->n));
    return OK;
}

COMMAND(config_show, config_in)
{
    struct told all = { .rows = { NEWS(c->cx, struct setting_told, ROWS_MOST), 0 } };
    struct texts names;

    TRY(choose(c, in->service, &names));
    for (size_t i = 0; i < names.n; i++) {
        struct told told = { .rows = { .n = 0 } };
        err_t e = sibling_ask(c, names.at[i], "--settings", &setting_told_shape, &told.rows);
        if (e)
            ctl_complain_of(c, e);
        else
            add(c, &all, &told, !all.rows.n, in->service);
    }
    print_rows(c, in->json, &setting_told_shape, "service name value from flaw about", &all.rows);
    return OK;
}
