#define _GNU_SOURCE
#include "app/relay.h"
#include "app/job_rows.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "net/amqp.h"
#include "proto/ticket.h"
#include "sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MOST  8192
#define LOOK_MS     500         /* between looks at the outbox */
#define LEFT_MS     1000        /* a row this old was left behind */
#define DROP_MS     50          /* confirmed tickets are forgotten together, in a pause of so long; who dies before sends some twice */
#define DROP_LATE_MS 1000       /* or then, when there is no pause */

METRIC(published, COUNTER, "palabre_tickets_published_total", "Tickets confirmed by the broker.", NULL);
METRIC(refused, COUNTER, "palabre_tickets_refused_total", "Tickets not confirmed; they stay in the outbox.", NULL);

/* Tickets that the broker has confirmed, until their rows are deleted. */
struct confirmed { int64_t outbox[2 * AMQP_WINDOW]; size_t n; int64_t late_ms; };

struct slot { int64_t outbox; char id[40], kind[64], lane[16], trace[60]; };

struct relay {
    struct daemon *daemon;
    struct amqp_publisher *publisher;   /* the thread's own */
    pthread_t thread;
    pthread_mutex_t lock;               /* guards the ring */
    pthread_cond_t  filled;
    struct slot *ring;
    unsigned head, count;
    bool stop;
    struct confirmed confirmed;         /* the thread's own, as is what it takes at once */
    struct ticket *rows;
};

/* --- giving --- */

static void copy(char *to, size_t room, const char *from)
{
    size_t n = from ? strnlen(from, room - 1) : 0;

    if (n)
        memcpy(to, from, n);
    to[n] = '\0';
}

void relay_send(struct daemon *d, const struct ticket *t)
{
    struct relay *r = d->relay;

    if (!r || !t->outbox)
        return;
    pthread_mutex_lock(&r->lock);
    if (r->count < QUEUE_MOST) {
        struct slot *s = &r->ring[(r->head + r->count++) % QUEUE_MOST];
        s->outbox = t->outbox;
        copy(s->id, sizeof(s->id), t->job_id);
        copy(s->kind, sizeof(s->kind), t->kind);
        copy(s->lane, sizeof(s->lane), t->lane);
        copy(s->trace, sizeof(s->trace), t->trace);
        if (r->count == 1)
            pthread_cond_signal(&r->filled);
    }
    pthread_mutex_unlock(&r->lock);
}

/* --- publishing --- */

static const char *queue_of(struct ctx *cx, const struct ticket *row)
{
    if (text_is(row->lane, "dead"))
        return "palabre.dead";
    return arena_fmt(cx->arena, "%.*s.%s", (int)strcspn(row->kind, "."), row->kind, row->lane);
}

static struct amqp_message message_of(struct ctx *cx, const struct ticket *row)
{
    struct ticket_message t = { row->job_id, row->kind, row->lane, row->trace };

    return (struct amqp_message){ queue_of(cx, row), ticket_write(cx, &t),
                                  row->job_id, row->kind, row->trace };
}

static err_t drop_confirmed(struct ctx *cx, struct relay *r)
{
    struct confirmed *c = &r->confirmed;
    const char **ids = NEWS(cx, const char *, c->n);

    for (size_t i = 0; i < c->n; i++)
        ids[i] = arena_fmt(cx->arena, "%lld", (long long)c->outbox[i]);
    if (c->n)
        TRY(pg_do(cx, SQL(outbox_drop), ARGS(pg_array(cx, ids, c->n))));
    c->n = 0;
    return OK;
}

/* In a pause: just after a ticket went out the commit would stand in the way of its claim. Or when they are many or old. */
static err_t drop_some(struct ctx *cx, struct relay *r, bool pause)
{
    const struct confirmed *c = &r->confirmed;

    return c->n >= AMQP_WINDOW || (c->n && (pause || clock_ms() >= c->late_ms)) ? drop_confirmed(cx, r) : OK;
}

/* Publish rows; those confirmed are to be forgotten. What finds no room among them is sent once more by who finds it. */
static err_t publish(struct ctx *cx, struct relay *r, const struct ticket *rows, size_t n)
{
    struct amqp_message *messages = NEWS(cx, struct amqp_message, n);
    struct confirmed *c = &r->confirmed;
    bool *done = NEWS(cx, bool, n);
    size_t sent = 0;

    for (size_t i = 0; i < n; i++)
        messages[i] = message_of(cx, &rows[i]);
    err_t e = amqp_publish(cx, r->publisher, messages, n, done);
    if (!c->n)
        c->late_ms = clock_ms() + DROP_LATE_MS;
    for (size_t i = 0; i < n; i++)
        if (done[i]) {
            sent++;
            if (c->n < COUNT(c->outbox))
                c->outbox[c->n++] = rows[i].outbox;
        }
    metric_add(&published, NULL, (int64_t)sent);
    metric_add(&refused, NULL, (int64_t)(n - sent));
    return e;
}

static size_t take(struct ctx *cx, struct relay *r, struct ticket *rows, int64_t wait_ms)
{
    int64_t until = clock_ms() + wait_ms;
    struct timespec t = { until / 1000, until % 1000 * 1000000 };
    size_t n = 0;

    pthread_mutex_lock(&r->lock);
    while (!r->count && !r->stop)
        if (pthread_cond_timedwait(&r->filled, &r->lock, &t))
            break;
    for (; r->count && n < AMQP_WINDOW; r->count--, n++) {
        const struct slot *s = &r->ring[r->head++ % QUEUE_MOST];
        rows[n] = (struct ticket){ s->outbox, arena_fmt(cx->arena, "%s", s->id), arena_fmt(cx->arena, "%s", s->kind),
                                       arena_fmt(cx->arena, "%s", s->lane), *s->trace ? arena_fmt(cx->arena, "%s", s->trace) : NULL };
    }
    pthread_mutex_unlock(&r->lock);
    return n;
}

/* Rows left behind, locked while they are published so that several relays share them. */
static err_t look(struct ctx *cx, struct relay *r, size_t *found)
{
    struct tickets left = { 0 };

    *found = 0;
    TRY(pg_begin(cx));
    err_t e = pg_list(cx, SQL(outbox_take), ARGS(AMQP_WINDOW, LEFT_MS), &ticket_shape, &left.tickets);
    if (!e && left.tickets.n)
        e = publish(cx, r, left.tickets.at, left.tickets.n);
    err_t dropped = drop_confirmed(cx, r);
    e = e ? e : dropped;
    *found = left.tickets.n;
    err_t kept = pg_commit(cx);         /* what was confirmed is forgotten, even when something else was refused */
    return e ? e : kept;
}

/* One error of a kind is logged, not every repetition. */
static void tell(const struct ctx *cx, err_t e, enum err_code *told)
{
    if (e && e->code != *told)
        log_event(cx, LOG_WARN, "tickets wait", LOG_TEXT("error", err_name(e->code)), LOG_TEXT("text", e->text));
    if (!e && *told != ERR_CODES)
        log_event(cx, LOG_INFO, "tickets go out again");
    *told = e ? e->code : ERR_CODES;
}

static void *run(void *with)
{
    struct relay *r = with;
    enum err_code told = ERR_CODES;
    int64_t look_ms = clock_ms() + LOOK_MS;

    for (bool stop = false, first = true; !stop; first = false) {
        struct ctx cx = ctx_new(r->daemon);
        size_t n = take(&cx, r, r->rows, first ? 0 : r->confirmed.n ? DROP_MS : LOOK_MS), found = 0;
        err_t e = publish(&cx, r, r->rows, n);  /* without tickets it only sees to the connection */
        err_t dropped = drop_some(&cx, r, !n);
        e = e ? e : dropped;
        bool looks = !e && clock_ms() >= look_ms;
        if (looks) {
            e = look(&cx, r, &found);
            look_ms = clock_ms() + (found == AMQP_WINDOW && !e ? 0 : LOOK_MS);
        }
        if (e || looks)
            tell(&cx, e, &told);
        ctx_free(&cx);
        pthread_mutex_lock(&r->lock);
        stop = r->stop && (!r->count || told != ERR_CODES);
        pthread_mutex_unlock(&r->lock);
    }
    struct ctx cx = ctx_new(r->daemon);
    tell(&cx, drop_confirmed(&cx, r), &told);
    ctx_free(&cx);
    return NULL;
}

struct relay *relay_open(struct daemon *d)
{
    struct relay *r = arena_get(d->home, sizeof(*r));
    pthread_condattr_t attr;

    r->daemon = d;
    r->ring = arena_gets(d->home, QUEUE_MOST, sizeof(*r->ring));
    r->rows = arena_gets(d->home, AMQP_WINDOW, sizeof(*r->rows));
    r->publisher = amqp_publisher_open(d->home, d->settings.amqp_url, arena_fmt(d->home, "%s relay", d->worker));
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->filled, &attr);
    pthread_condattr_destroy(&attr);
    d->relay = r;
    if (!thread_start(&r->thread, "relay", run, r))
        abort();
    return r;
}

bool relay_is_up(const struct relay *r) { return r && amqp_publisher_is_up(r->publisher); }

void relay_close(struct relay *r)
{
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->filled);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
}
