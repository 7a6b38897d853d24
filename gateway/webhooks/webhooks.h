/* Webhooks: addresses that are told what happens, and what became of it. Each belongs to who made it, and nobody else sees it. */
#pragma once

#include "http/gateway.h"
#include "webhooks/shapes.h"

extern const struct handler webhook_events_get, webhook_create, webhooks_list, webhook_get, webhook_patch, webhook_delete, webhook_rotate,
    webhook_test, deliveries_list, delivery_get, delivery_replay, webhook_replay;

/* events.c: INPUT_INVALID unless each is the type of an event, "<word>.*" for several, or "*". */
fallible events_check(struct ctx *cx, const struct texts *events);
/* endpoints.c: one of the caller's. WEBHOOK_UNKNOWN. */
fallible webhook_find(struct ctx *cx, const char *id, struct webhook *out);
