/* notify.webhook: an attempt of a delivery. The message id is the same at every attempt, and a receiver knows by it what it has had, so an
 * attempt is simply repeated when it is not known how it went: the delivery's row is its ledger, fenced by the job's attempt. */
#include "handler.h"
#include "config.h"
#include "post.h"
#include "schedule.h"
#include "turns.h"
#include "app/jobs.h"
#include "base/log.h"
#include "net/pg.h"
#include "sql.h"

#define TEST "webhook.test"

struct settled { const char *disabled_reason; };

SHAPE(delivery, "What is to be sent, and where.",
    FIELD(delivery, id,         "The delivery."),
    FIELD(delivery, endpoint,   "Where to."),
    FIELD(delivery, owner,      "Whose that is."),
    FIELD(delivery, message,    "Id of the message."),
    FIELD(delivery, type,       "Type of the event."),
    FIELD(delivery, payload,    "The body."),
    FIELD(delivery, url,        "Address."),
    FIELD(delivery, secret,     "Sealed."),
    FIELD(delivery, old_secret, "While it signs as well; sealed."),
    FIELD(delivery, tries,      "Attempts of this round."),
    FIELD(delivery, failures,   "Of the endpoint, in a row."),
    FIELD(delivery, enabled,    "It is sent to."));
SHAPE(settled, "What an attempt did to its endpoint.",
    FIELD(settled, disabled_reason, "Why it is not sent to any more."));

static const char *number(struct ctx *cx, int64_t n) { return arena_fmt(cx->arena, "%lld", (long long)n); }

struct verdict { const char *state; int64_t wait_ms; };

static struct verdict verdict_of(const struct delivery *d, const struct outcome *o)
{
    struct verdict v = { "pending", 0 };

    if (o->taken)
        v.state = "delivered";
    else if (o->status == 410 || text_is(d->type, TEST) || !schedule_next(notify_settings.webhook_schedule, d->tries + 1, o->retry_after_ms, &v.wait_ms))
        v.state = "failed";
    return v;
}

static fallible settle(struct ctx *cx, const struct delivery *d, const struct outcome *o, const struct verdict *v)
{
    struct settled after = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(delivery_end), ARGS(d->id, cx->job->id, cx->job->attempt, v->state, o->status ? number(cx, o->status) : NULL, o->error, o->took_ms,
                                            v->wait_ms ? number(cx, v->wait_ms) : NULL, text_is(d->type, TEST),
                                            (bool)(o->status == 410), notify_settings.webhook_disable_s, notify_settings.webhook_disable_failures),
                &settled_shape, &after, &found));
    if (found && after.disabled_reason)
        log_event(cx, LOG_INFO, "a webhook is disabled", LOG_TEXT("endpoint", d->endpoint), LOG_TEXT("reason", after.disabled_reason));
    return OK;
}

static err_t not_taken(struct ctx *cx, const struct outcome *o, const struct verdict *v)
{
    err_t e = v->wait_ms ? fail(cx, WEBHOOK_LATER, "%s", o->error) : fail(cx, WEBHOOK_FAILED, "%s", o->error);

    e->retry_in_ms = v->wait_ms;
    return e;
}

static fallible attempt(struct ctx *cx, const struct delivery *d, struct outcome *o)
{
    bool failing = d->failures > 0;

    TRY(turn_take(cx, d->endpoint, failing));
    err_t e = post(cx, d, o);
    turn_give(d->endpoint, failing, o->took_ms);
    if (!e && o->retry_after_ms)
        turn_pause(d->endpoint, o->retry_after_ms);
    return e;
}

/* An attempt of a delivery. Again by the schedule: WEBHOOK_LATER. Final: WEBHOOK_FAILED, WEBHOOK_DISABLED. */
HANDLER(notify_webhook, notify_webhook, notified)
{
    struct delivery d = { 0 };
    struct outcome o = { 0 };
    bool found;

    if (!cx->job)
        return fail(cx, BUG, "a webhook outside a job");
    TRY(pg_find(cx, SQL(delivery_find), ARGS(in->delivery, cx->job->id), &delivery_shape, &d, &found));
    out->state = found ? "delivered" : "gone";
    if (!found)
        return OK;
    if (!d.enabled && !text_is(d.type, TEST))
        return fail(cx, WEBHOOK_DISABLED, "the webhook is disabled");
    TRY(attempt(cx, &d, &o));
    struct verdict v = verdict_of(&d, &o);
    TRY(settle(cx, &d, &o, &v));
    out->status_code = o.status;
    return o.taken ? OK : not_taken(cx, &o, &v);
}
