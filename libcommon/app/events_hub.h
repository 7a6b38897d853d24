/* Live reading of event streams: one subscription per process, a bounded queue per listener. A listener that
 * falls behind reads the stream instead; nobody waits for it. */
#pragma once

#include "app/events.h"

struct hub;
struct listener;

struct hub *hub_open(struct arena *a, const char *redis_url);
void hub_close(struct hub *h);

/* Listen to a topic from the event after number `after`. Closed by hub_leave. */
struct listener *hub_listen(struct hub *h, const char *topic, int64_t after);
void hub_leave(struct listener *l);

/* The next events, in order and without gap, as batches in cx's arena; *n 0 when none came within wait_ms.
 * REDIS_DOWN: the stream cannot be read now; try again. */
fallible hub_next(struct ctx *cx, struct listener *l, int64_t wait_ms, struct event_batch **out, size_t *n);
int64_t hub_last(const struct listener *l);      /* number of the last event given */
bool hub_is_live(const struct listener *l);      /* what hub_next gave last came as it was written, not from the past */
