/* Group commit of accepts: whoever comes while a commit is under way waits for the next, which takes all of them in
 * one statement. The first of a group leads it; a lone caller pays nothing. */
#include "app/jobs.h"
#include "app/job_rows.h"
#include "app/metrics.h"
#include "sql.h"

#include <pthread.h>
#include <string.h>

#define GROUP_MOST 64

METRIC(groups, COUNTER, "palabre_accept_groups_total", "Commits that accepted jobs.", NULL);

struct waiter {
    struct waiter *next;
    const struct job_new *job;
    pthread_cond_t turn;
    struct ticket *out;
    bool done, leads;
    enum err_code code;             /* ERR_CODES: accepted */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    /* guards the queue and each waiter's state */
static struct waiter *first, **last = &first;
static bool leading;

struct columns { const char *ids[GROUP_MOST], *kinds[GROUP_MOST], *lanes[GROUP_MOST], *owners[GROUP_MOST], *inputs[GROUP_MOST],
                            *traces[GROUP_MOST], *deadlines[GROUP_MOST]; };

static void put_row(struct ctx *cx, struct columns *c, size_t i, const struct job_new *n)
{
    c->ids[i] = n->id, c->kinds[i] = n->kind, c->lanes[i] = lane_names[n->lane], c->owners[i] = n->owner;
    c->inputs[i] = n->input ? n->input : "{}", c->traces[i] = n->trace;
    c->deadlines[i] = n->deadline_s ? arena_fmt(cx->arena, "%lld", (long long)n->deadline_s) : NULL;
}

static err_t put_all(struct ctx *cx, struct waiter *const *group, size_t n)
{
    struct columns *c = NEW(cx, struct columns);
    struct outbox_rows rows = { 0 };

    for (size_t i = 0; i < n; i++)
        put_row(cx, c, i, group[i]->job);
    TRY(pg_list(cx, SQL(jobs_put), ARGS(pg_array(cx, c->ids, n), pg_array(cx, c->kinds, n), pg_array(cx, c->lanes, n), pg_array(cx, c->owners, n),
                                        pg_array(cx, c->inputs, n), pg_array(cx, c->traces, n), pg_array(cx, c->deadlines, n)),
                &outbox_row_shape, &rows.rows));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rows.rows.n; k++)
            if (!strcmp(rows.rows.at[k].job_id, group[i]->job->id))
                group[i]->out->outbox = rows.rows.at[k].id;
    metric_add(&groups, NULL, 1);
    return OK;
}

/* A group that fails for what one of it holds is accepted one by one, so that nobody pays for another. */
static void accept_group(struct ctx *cx, struct waiter *const *group, size_t n)
{
    err_t e = put_all(cx, group, n);

    for (size_t i = 0; i < n; i++) {
        err_t own = e && n > 1 && e->code == E_BUG ? put_all(cx, &group[i], 1) : e;
        group[i]->code = own ? own->code : ERR_CODES;
    }
}

/* Under the lock: the group of the one who leads now, itself the first. */
static size_t take_group(struct waiter **group)
{
    size_t n = 0;

    while (first && n < GROUP_MOST) {
        group[n++] = first;
        first = first->next;
    }
    if (!first)
        last = &first;
    return n;
}

static void lead(struct ctx *cx)
{
    struct waiter *group[GROUP_MOST] = { NULL };
    size_t n = take_group(group);

    pthread_mutex_unlock(&lock);
    accept_group(cx, group, n);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n; i++) {
        group[i]->done = true;
        pthread_cond_signal(&group[i]->turn);
    }
    leading = first != NULL;
    if (first) {
        first->leads = true;
        pthread_cond_signal(&first->turn);
    }
}

err_t job_put_grouped(struct ctx *cx, const struct job_new *n, struct ticket *out)
{
    struct waiter me = { .job = n, .out = out, .turn = PTHREAD_COND_INITIALIZER };

    *out = (struct ticket){ .job_id = n->id, .kind = n->kind, .lane = lane_names[n->lane], .trace = n->trace };
    pthread_mutex_lock(&lock);
    *last = &me;
    last = &me.next;
    if (!leading)
        leading = me.leads = true;
    while (!me.done && !me.leads)
        pthread_cond_wait(&me.turn, &lock);
    if (!me.done)
        lead(cx);
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&me.turn);
    return me.code == ERR_CODES ? OK : err_new(cx, me.code, __FILE__ ":" LINE(__LINE__), "the job could not be accepted");
}
