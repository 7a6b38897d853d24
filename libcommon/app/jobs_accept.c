/* Group commit of accepts: jobs that come at the same time are accepted by one statement. */
#include "app/group.h"
#include "app/job_rows.h"
#include "app/jobs.h"
#include "app/metrics.h"
#include "sql.h"

#include <string.h>

METRIC(groups, COUNTER, "palabre_accept_groups_total", "Commits that accepted jobs.", NULL);

struct accept { const struct job_new *job; struct ticket *out; enum err_code code; };     /* code ERR_CODES: accepted */

struct columns { const char *ids[GROUP_MOST], *kinds[GROUP_MOST], *lanes[GROUP_MOST], *owners[GROUP_MOST], *inputs[GROUP_MOST],
                            *traces[GROUP_MOST], *deadlines[GROUP_MOST]; };

static void put_row(struct ctx *cx, struct columns *c, size_t i, const struct job_new *n)
{
    c->ids[i] = n->id, c->kinds[i] = n->kind, c->lanes[i] = lane_names[n->lane], c->owners[i] = n->owner;
    c->inputs[i] = n->input ? n->input : "{}", c->traces[i] = n->trace;
    c->deadlines[i] = n->deadline_s ? arena_fmt(cx->arena, "%lld", (long long)n->deadline_s) : NULL;
}

static err_t put_all(struct ctx *cx, void *const *items, size_t n)
{
    struct columns *c = NEW(cx, struct columns);
    struct tickets rows = { 0 };

    for (size_t i = 0; i < n; i++)
        put_row(cx, c, i, ((const struct accept *)items[i])->job);
    TRY(pg_list(cx, SQL(jobs_put), ARGS(pg_array(cx, c->ids, n), pg_array(cx, c->kinds, n), pg_array(cx, c->lanes, n), pg_array(cx, c->owners, n),
                                        pg_array(cx, c->inputs, n), pg_array(cx, c->traces, n), pg_array(cx, c->deadlines, n)),
                &ticket_shape, &rows.tickets));
    for (size_t i = 0; i < n; i++) {
        struct accept *a = items[i];
        for (size_t k = 0; k < rows.tickets.n; k++)
            if (!strcmp(rows.tickets.at[k].job_id, a->job->id))
                a->out->outbox = rows.tickets.at[k].outbox;
    }
    metric_add(&groups, NULL, 1);
    return OK;
}

/* A group that fails for what one of it holds is accepted one by one, so that nobody pays for another. */
static void accept_group(struct ctx *cx, void *const *items, size_t n)
{
    err_t e = put_all(cx, items, n);

    for (size_t i = 0; i < n; i++) {
        err_t own = e && n > 1 && e->code == E_BUG ? put_all(cx, &items[i], 1) : e;
        ((struct accept *)items[i])->code = own ? own->code : ERR_CODES;
    }
}

GROUP(accepts, accept_group);

err_t job_put_grouped(struct ctx *cx, const struct job_new *n, struct ticket *out)
{
    struct accept a = { .job = n, .out = out };

    *out = (struct ticket){ .job_id = n->id, .kind = n->kind, .lane = lane_names[n->lane], .trace = n->trace };
    group_join(cx, &accepts, &a);
    return a.code == ERR_CODES ? OK : err_new(cx, a.code, __FILE__ ":" LINE(__LINE__), "the job could not be accepted");
}
