/* What the webhooks area takes and tells. */
#pragma once

#include "data/shape.h"

struct webhook_in     { const char *url, *description; struct texts events; };
struct webhook_ref    { const char *id; };
struct webhook_change { const char *id, *url, *description; struct texts events; struct raw enabled; };

struct webhook {
    const char *id, *url, *description, *disabled_reason, *secret;     /* secret: told once */
    struct raw  events;
    bool        enabled;
    int         failures;
    struct when failing_since, delivered_at, old_until, created_at, updated_at;
};
struct webhooks       { LIST_OF(struct webhook) webhooks; };

struct webhook_event  { const char *type, *about; };
struct webhook_events { LIST_OF(struct webhook_event) events; };

struct delivery_row {
    const char *id, *message, *type, *state, *error;
    int         attempts, status_code;
    int64_t     total;
    struct when next_at, created_at, ended_at;
};
struct deliveries_in   { const char *id, *state, *cursor; int limit; };
struct deliveries_page { LIST_OF(struct delivery_row) data; bool has_more; const char *next_cursor; };

struct delivery_attempt { int n, status_code; int64_t duration_ms; const char *error; struct when at; };
struct delivery {
    const char *id, *message, *type, *state, *error;
    int         attempts, status_code;
    struct raw  payload;
    struct when next_at, created_at, ended_at;
    LIST_OF(struct delivery_attempt) history;
};
struct delivery_ref    { const char *id, *delivery; };
struct replay_in       { const char *id; struct when since; };
struct replayed        { int replayed; bool more; };

extern const struct shape webhook_in_shape, webhook_ref_shape, webhook_change_shape, webhook_shape, webhooks_shape, webhook_event_shape, webhook_events_shape,
    delivery_row_shape, deliveries_in_shape, deliveries_page_shape, delivery_attempt_shape, delivery_shape, delivery_ref_shape, replay_in_shape, replayed_shape;
