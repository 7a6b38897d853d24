/* The pool and its connections. A connection belongs to one thread while it is taken; the pool's lock
 * guards the idle list and the count. */
#define _GNU_SOURCE
#include "net/pg_link.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_FREE_MS   5000     /* for a connection when all are taken */
#define DOWN_PAUSE_MS  100      /* after a failed connect, others fail at once for so long */
#define IDLE_MS        30000    /* what a burst has opened is closed when it rested so long */
#define SWEEP_MS       1000
#define STALE_MS       50       /* an idle connection is looked at before use when it rested longer */

struct pg {
    const char *url;
    int most;
    pthread_mutex_t lock;       /* guards what follows */
    pthread_cond_t  freed;
    struct pg_conn *idle;
    int made;
    int64_t down_until_ms, swept_ms, rest_ms;
};

static void pool_drop(void *it)
{
    struct pg *pg = it;

    while (pg->idle) {
        struct pg_conn *next = pg->idle->next;
        link_close(pg->idle);
        pg->idle = next;
    }
    pthread_mutex_destroy(&pg->lock);
    pthread_cond_destroy(&pg->freed);
}

struct pg *pg_open(struct arena *a, const char *url, int most)
{
    struct pg *pg = arena_get(a, sizeof(*pg));
    pthread_condattr_t attr;

    pg->url = url;
    pg->most = most;
    pg->rest_ms = IDLE_MS;
    pthread_mutex_init(&pg->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&pg->freed, &attr);
    pthread_condattr_destroy(&attr);
    return arena_own(a, pg, pool_drop);
}

void pool_rest(struct pg *pg, int64_t ms) { pg->rest_ms = ms; }

/* Under the lock: wait until there is an idle connection or room to make one. */
static bool wait_free(struct pg *pg, int64_t until_ms)
{
    struct timespec t = { until_ms / 1000, until_ms % 1000 * 1000000 };

    while (!pg->idle && pg->made >= pg->most)
        if (pthread_cond_timedwait(&pg->freed, &pg->lock, &t))
            return pg->idle || pg->made < pg->most;
    return true;
}

static err_t take(struct ctx *cx, struct pg_conn **out)
{
    struct pg *pg = cx->pg;
    int64_t now = clock_ms();

    pthread_mutex_lock(&pg->lock);
    bool free_one = wait_free(pg, now + clock_left_ms(cx, WAIT_FREE_MS));
    struct pg_conn *c = free_one ? pg->idle : NULL;
    bool down = free_one && !c && now < pg->down_until_ms;
    if (c)
        pg->idle = c->next;
    else if (free_one && !down)
        pg->made++;
    pthread_mutex_unlock(&pg->lock);

    if (!free_one)
        return fail(cx, OVERLOADED, "no database connection became free");
    if (down)
        return fail(cx, PG_DOWN, "the database was not reachable just now");
    *out = c;
    return OK;
}

/* Under the lock, once in a while: the connection at the end of the idle list when nobody needed it for long. The one used
 * last is taken first, so the end rests. */
static struct pg_conn *take_rested(struct pg *pg, int64_t now)
{
    struct pg_conn **at = &pg->idle, *last;

    if (now - pg->swept_ms < SWEEP_MS || !pg->idle)
        return NULL;
    pg->swept_ms = now;
    while ((*at)->next)
        at = &(*at)->next;
    if (now - (*at)->rested_ms < pg->rest_ms)
        return NULL;
    last = *at;
    *at = NULL;
    pg->made--;
    return last;
}

static void give(struct pg *pg, struct pg_conn *c)
{
    bool keep = c && !c->broken;
    int64_t now = clock_ms();

    if (c && c->broken)
        link_close(c);
    pthread_mutex_lock(&pg->lock);
    if (keep) {
        c->next = pg->idle;
        c->rested_ms = now;
        pg->idle = c;
    } else {
        pg->made--;
    }
    struct pg_conn *rested = take_rested(pg, now);
    pthread_cond_signal(&pg->freed);
    pthread_mutex_unlock(&pg->lock);
    if (rested)
        link_close(rested);
}

static err_t take_open(struct ctx *cx, struct pg_conn **out)
{
    struct pg *pg = cx->pg;

    if (!pg)
        return fail(cx, BUG, "this process has no database");
    for (;;) {
        TRY(take(cx, out));
        if (!*out)
            break;
        if (clock_ms() - (*out)->rested_ms < STALE_MS || link_is_alive(*out))
            return OK;
        (*out)->broken = true;
        give(pg, *out);
    }
    err_t e = link_open(cx, pg->url, out);
    if (!e)
        return OK;
    pthread_mutex_lock(&pg->lock);
    pg->down_until_ms = clock_ms() + DOWN_PAUSE_MS;
    pthread_mutex_unlock(&pg->lock);
    give(pg, NULL);
    return e;
}

/* --- statements --- */

static err_t read_list(struct ctx *cx, const struct sql *q, const struct rows *rows, const struct shape *s, struct list *list)
{
    list->n = rows_count(rows);
    list->at = arena_gets(cx->arena, list->n, s->size);
    return rows_read(cx, q, rows, s, list->at, list->n);
}

static err_t read_later(struct ctx *cx, const struct trip *t)
{
    if (!t->s)
        return OK;
    return t->list ? read_list(cx, t->q, t->rows, t->s, t->out) : rows_read(cx, t->q, t->rows, t->s, t->out, rows_count(t->rows) > 0);
}

/* With what waited for it. */
static err_t run_in(struct ctx *cx, struct pg_conn *c, const struct sql *q, struct arg *args, struct rows **rows)
{
    err_t e = link_run(cx, c, q, args, rows);

    for (int i = 0; !e && i < c->later_n; i++)
        e = read_later(cx, &c->later[i]);
    c->later_n = 0;
    return e;
}

static err_t run(struct ctx *cx, const struct sql *q, struct arg *args, struct rows **rows)
{
    struct pg_conn *c = cx->tx;

    if (c)
        return run_in(cx, c, q, args, rows);
    TRY(take_open(cx, &c));
    err_t e = link_run(cx, c, q, args, rows);
    give(cx->pg, c);
    return e;
}

err_t pg_do(struct ctx *cx, const struct sql *q, struct arg *args)
{
    struct rows *rows;

    return run(cx, q, args, &rows);
}

err_t pg_find(struct ctx *cx, const struct sql *q, struct arg *args, const struct shape *s, void *out, bool *found)
{
    struct rows *rows;

    TRY(run(cx, q, args, &rows));
    *found = rows_count(rows) > 0;
    return *found ? rows_read(cx, q, rows, s, out, 1) : OK;
}

err_t pg_list(struct ctx *cx, const struct sql *q, struct arg *args, const struct shape *s, void *out)
{
    struct rows *rows;

    TRY(run(cx, q, args, &rows));
    return read_list(cx, q, rows, s, out);
}

bool pg_is_up(struct ctx *cx)
{
    static const struct sql ping = { "ping", "SELECT 1", NULL, 0 };
    struct ctx brief = *cx;

    brief.deadline_ms = clock_ms() + clock_left_ms(cx, 1000);
    brief.tx = NULL;
    return pg_do(&brief, &ping, NO_ARGS) == OK;
}

/* --- transactions --- */

struct transaction { struct pg *pg; struct pg_conn *c; };

static void transaction_drop(void *it)
{
    struct transaction *t = it;

    if (!t->c)
        return;
    if (!t->c->broken && !link_rollback(t->c))
        t->c->broken = true;
    t->c->owner = NULL;
    t->c->begin = false;
    give(t->pg, t->c);
}

err_t pg_begin(struct ctx *cx)
{
    struct transaction *t = NEW(cx, struct transaction);
    struct pg_conn *c;

    if (cx->tx)
        return fail(cx, BUG, "a transaction is open already");
    TRY(take_open(cx, &c));
    *t = (struct transaction){ cx->pg, c };
    c->owner = &t->c;
    arena_own(cx->arena, t, transaction_drop);
    c->begin = true;            /* sent with the first statement */
    cx->tx = c;
    return OK;
}

static void end(struct ctx *cx)
{
    struct pg_conn *c = cx->tx;

    *c->owner = NULL;
    c->owner = NULL;
    c->begin = false;
    c->later_n = 0;
    cx->tx = NULL;
    give(cx->pg, c);
}

err_t pg_commit(struct ctx *cx)
{
    static const struct sql commit = { "commit", "COMMIT", NULL, 0 };
    struct rows *rows;

    if (!cx->tx || !cx->tx->owner)
        return fail(cx, BUG, "no transaction is open");
    bool empty = cx->tx->begin && !cx->tx->later_n;
    err_t e = empty ? OK : run_in(cx, cx->tx, &commit, NO_ARGS, &rows);
    if (e && !cx->tx->broken && !link_rollback(cx->tx))
        cx->tx->broken = true;
    end(cx);
    return e;
}

err_t pg_later(struct ctx *cx, const struct sql *q, struct arg *args, const struct shape *s, void *out, bool list)
{
    struct trip trip = { .q = q, .args = NEWS(cx, struct arg, (size_t)q->n), .s = s, .out = out, .list = list };
    struct pg_conn *c = cx->tx;

    if (!c || !c->owner || c->later_n == LATER_MOST) {
        TRY(run(cx, q, args, &trip.rows));
        return read_later(cx, &trip);
    }
    if (q->n)
        memcpy(trip.args, args, sizeof(*trip.args) * (size_t)q->n);
    c->later[c->later_n++] = trip;
    return OK;
}

void pg_undo(struct ctx *cx)
{
    if (!cx->tx || !cx->tx->owner)
        return;
    if (!cx->tx->broken && !link_rollback(cx->tx))
        cx->tx->broken = true;
    end(cx);
}

static void held_drop(void *c) { link_close(c); }

err_t pg_hold(struct ctx *cx, struct arena *a)
{
    struct pg_conn *c;

    TRY(link_open(cx, cx->pg->url, &c));
    cx->tx = arena_own(a, c, held_drop);
    return OK;
}
