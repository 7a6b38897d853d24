/* What became of messages; sending them again, and a test. */
#include "webhooks/webhooks.h"
#include "app/audit.h"
#include "app/relay.h"
#include "base/clock.h"
#include "net/pg.h"
#include "sql.h"

#define LIMIT_DEFAULT  20
#define REPLAY_MOST    500
#define TEST_WAIT_MS   20000        /* the worker gives an attempt less */
#define TEST_LOOK_MS   50

/* What was put to be sent: a delivery with the ticket of its job. */
struct sent { const char *delivery, *job_id, *lane; int64_t outbox; };
struct sents { LIST_OF(struct sent) rows; };
extern const struct shape sent_shape;
SHAPE(sent, "A delivery that is to be made.",
    FIELD(sent, delivery, "Its id."),
    FIELD(sent, job_id,   "Its job."),
    FIELD(sent, lane,     "Whether somebody waits for it."),
    FIELD(sent, outbox,   "Outbox row of its ticket."));

static const struct ticket *ticket_of(struct ctx *cx, const struct sent *s)
{
    struct ticket *t = NEW(cx, struct ticket);

    *t = (struct ticket){ .outbox = s->outbox, .job_id = s->job_id, .kind = "notify.webhook", .lane = s->lane };
    return t;
}

/* No answer is null, not 0. */
static void none_for_zero(int *status) { *status = *status ? *status : INT_NONE; }

static fallible find(struct ctx *cx, const struct delivery_ref *in, struct delivery *out)
{
    bool found;

    TRY(pg_find(cx, SQL(delivery_find), ARGS(in->delivery, in->id, cx->user), &delivery_shape, out, &found));
    if (!found)
        return fail(cx, DELIVERY_UNKNOWN, "webhook %s has no delivery %s", in->id, in->delivery);
    none_for_zero(&out->status_code);
    return OK;
}

static fallible find_whole(struct ctx *cx, const struct delivery_ref *in, struct delivery *out)
{
    TRY(find(cx, in, out));
    TRY(pg_list(cx, SQL(delivery_attempts), ARGS(in->delivery), &delivery_attempt_shape, &out->history));
    for (size_t i = 0; i < out->history.n; i++)
        none_for_zero(&out->history.at[i].status_code);
    return OK;
}

HANDLER(delivery_get, delivery_ref, delivery) { return find_whole(cx, in, out); }

/* One row more than asked tells whether there are older ones. */
HANDLER(deliveries_list, deliveries_in, deliveries_page)
{
    struct webhook webhook = { 0 };
    int limit = in->limit ? in->limit : LIMIT_DEFAULT;

    TRY(webhook_find(cx, in->id, &webhook));
    TRY(pg_list(cx, SQL(deliveries_page), ARGS(in->id, in->state, in->cursor, limit + 1), &delivery_row_shape, &out->data));
    for (size_t i = 0; i < out->data.n; i++)
        none_for_zero(&out->data.at[i].status_code);
    exchange_header(cx->host, "X-Total-Count", arena_fmt(cx->arena, "%lld", out->data.n ? (long long)out->data.at[0].total : 0LL));
    out->has_more = out->data.n > (size_t)limit;
    if (!out->has_more)
        return OK;
    out->data.n = (size_t)limit;
    out->next_cursor = out->data.at[limit - 1].id;
    exchange_header(cx->host, "Link", arena_fmt(cx->arena, "</api/v1/webhooks/%s/deliveries?limit=%d&cursor=%s%s%s>; rel=\"next\"", in->id, limit, out->next_cursor,
                                                in->state ? "&state=" : "", in->state ? in->state : ""));
    return OK;
}

/* --- again --- */

static fallible note(struct ctx *cx, const char *id, size_t n)
{
    return audit_add(cx, &(struct audit_entry){ .action = "webhook.replayed", .type = "webhook", .id = id, .details = { .count = (int64_t)n } });
}

/* The same message, under the same id: a round of attempts of its own. DELIVERY_PENDING: it goes on by itself. */
HANDLER(delivery_replay, delivery_ref, delivery)
{
    struct sent sent = { 0 };
    bool found;

    TRY(find(cx, in, out));
    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(delivery_replay), ARGS(in->delivery), &sent_shape, &sent, &found));
    if (!found)
        return fail(cx, DELIVERY_PENDING, "delivery %s is still to be made", in->delivery);
    TRY(note(cx, in->id, 1));
    TRY(pg_commit(cx));
    relay_send(cx->daemon, ticket_of(cx, &sent));
    *out = (struct delivery){ 0 };
    return find_whole(cx, in, out);
}

/* All that failed since a time, the oldest first, at most REPLAY_MOST. */
HANDLER(webhook_replay, replay_in, replayed)
{
    struct webhook webhook = { 0 };
    struct sents sents = { 0 };

    TRY(webhook_find(cx, in->id, &webhook));
    TRY(pg_begin(cx));
    TRY(pg_list(cx, SQL(deliveries_replay), ARGS(in->id, in->since, REPLAY_MOST), &sent_shape, &sents.rows));
    if (sents.rows.n)
        TRY(note(cx, in->id, sents.rows.n));
    TRY(pg_commit(cx));
    for (size_t i = 0; i < sents.rows.n; i++)
        relay_send(cx->daemon, ticket_of(cx, &sents.rows.at[i]));
    *out = (struct replayed){ (int)sents.rows.n, sents.rows.n == REPLAY_MOST };
    return OK;
}

/* --- a test --- */

/* The worker writes what came of it; who tests waits here. Without a worker the answer says that it is pending. */
static fallible wait_for(struct ctx *cx, const struct delivery_ref *ref, struct delivery *out)
{
    int64_t until = clock_ms() + TEST_WAIT_MS, pause_ms = TEST_LOOK_MS;

    for (;;) {
        struct ctx look = *cx;
        look.arena = arena_new();
        struct delivery now = { 0 };
        err_t e = find(&look, ref, &now);
        bool over = e || !text_is(now.state, "pending") || clock_ms() >= until || cx->daemon->draining;
        arena_free(look.arena);
        if (over)
            return find_whole(cx, ref, out);
        clock_sleep_ms(pause_ms);
        pause_ms += pause_ms < 500 ? TEST_LOOK_MS : 0;
    }
}

/* Send webhook.test now, once, and tell what came of it; also to a webhook that is disabled. */
HANDLER(webhook_test, webhook_ref, delivery)
{
    struct webhook webhook = { 0 };
    struct sent sent = { 0 };
    bool found;

    TRY(webhook_find(cx, in->id, &webhook));
    TRY(pg_begin(cx));
    TRY(pg_do(cx, SQL(webhooks_lock), ARGS(cx->user)));
    TRY(pg_find(cx, SQL(webhook_test), ARGS(in->id, cx->user), &sent_shape, &sent, &found));
    if (!found)
        return fail(cx, WEBHOOK_TESTED, "webhook %s is being tested", in->id);
    TRY(pg_commit(cx));
    relay_send(cx->daemon, ticket_of(cx, &sent));
    return wait_for(cx, &(struct delivery_ref){ in->id, sent.delivery }, out);
}
