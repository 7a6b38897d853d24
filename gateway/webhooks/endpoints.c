/* Webhooks are made, shown, changed and taken away. */
#include "webhooks/webhooks.h"
#include "app/audit.h"
#include "app/persons.h"
#include "data/uuid.h"
#include "data/webhook.h"
#include "net/pg.h"
#include "net/webhook_gate.h"
#include "sql.h"

#include <string.h>

static const struct gateway_settings *settings_of(const struct ctx *cx) { return ((const struct exchange *)cx->host)->gateway->settings; }

static fallible note(struct ctx *cx, const char *action, const char *id, const char *state)
{
    return audit_add(cx, &(struct audit_entry){ .action = action, .type = "webhook", .id = id, .details = { .state = state } });
}

static fallible url_check(struct ctx *cx, const char *url)
{
    bool guarded;

    return url ? webhook_url_check(cx, &settings_of(cx)->webhooks, url, &guarded) : OK;
}

/* Of a list of types a text[]; NULL: none was given. */
static const char *array_of(struct ctx *cx, const struct texts *events)
{
    return events->n ? pg_array(cx, events->at, events->n) : NULL;
}

static fallible secret_new(struct ctx *cx, const char **secret, const char **sealed)
{
    *secret = webhook_secret_new(cx);
    return person_seal(cx, cx->user, (struct bytes){ *secret, strlen(*secret) }, sealed);
}

err_t webhook_find(struct ctx *cx, const char *id, struct webhook *out)
{
    bool found;

    TRY(pg_find(cx, SQL(webhook_find), ARGS(id, cx->user), &webhook_shape, out, &found));
    return found ? OK : fail(cx, WEBHOOK_UNKNOWN, "no webhook %s", id);
}

HANDLER(webhook_create, webhook_in, webhook)
{
    const struct gateway_settings *s = settings_of(cx);
    const char *secret, *sealed, *events = array_of(cx, &in->events), *id = uuid_make(cx);
    bool found;

    TRY(url_check(cx, in->url));
    TRY(events_check(cx, &in->events));
    TRY(secret_new(cx, &secret, &sealed));
    TRY(pg_begin(cx));
    TRY(pg_do(cx, SQL(webhooks_lock), ARGS(cx->user)));
    TRY(pg_find(cx, SQL(webhook_put), ARGS(id, cx->user, in->url, in->description, events, sealed, s->webhooks_most), &webhook_shape, out, &found));
    if (!found)
        return fail(cx, WEBHOOKS_MOST, "an account has at most %d webhooks", s->webhooks_most);
    TRY(note(cx, "webhook.created", id, NULL));
    TRY(pg_commit(cx));
    out->secret = secret;
    return OK;
}

HANDLER(webhooks_list, none, webhooks)
{
    (void)in;
    return pg_list(cx, SQL(webhooks_list), ARGS(cx->user), &webhook_shape, &out->webhooks);
}

HANDLER(webhook_get, webhook_ref, webhook) { return webhook_find(cx, in->id, out); }

HANDLER(webhook_patch, webhook_change, webhook)
{
    const char *enabled = in->enabled.text;
    bool found;

    if (enabled && !text_is(enabled, "true") && !text_is(enabled, "false"))
        return fail(cx, INPUT_INVALID, "/enabled is neither true nor false");
    TRY(url_check(cx, in->url));
    TRY(events_check(cx, &in->events));
    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(webhook_change), ARGS(in->id, cx->user, in->url, in->description, array_of(cx, &in->events), enabled), &webhook_shape, out, &found));
    if (!found)
        return fail(cx, WEBHOOK_UNKNOWN, "no webhook %s", in->id);
    TRY(note(cx, "webhook.changed", in->id, out->enabled ? "enabled" : "disabled"));
    return pg_commit(cx);
}

HANDLER(webhook_delete, webhook_ref, none)
{
    struct webhook_ref gone = { 0 };
    bool found;

    (void)out;
    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(webhook_drop), ARGS(in->id, cx->user), &webhook_ref_shape, &gone, &found));
    if (!found)
        return fail(cx, WEBHOOK_UNKNOWN, "no webhook %s", in->id);
    TRY(note(cx, "webhook.deleted", in->id, NULL));
    return pg_commit(cx);
}

/* The secret of before signs beside the new one for a while, so that a receiver may change over at its own time. */
HANDLER(webhook_rotate, webhook_ref, webhook)
{
    const char *secret, *sealed;
    bool found;

    TRY(secret_new(cx, &secret, &sealed));
    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(webhook_rotate), ARGS(in->id, cx->user, sealed, settings_of(cx)->webhook_overlap_s), &webhook_shape, out, &found));
    if (!found)
        return fail(cx, WEBHOOK_UNKNOWN, "no webhook %s", in->id);
    TRY(note(cx, "webhook.rotated", in->id, NULL));
    TRY(pg_commit(cx));
    out->secret = secret;
    return OK;
}
