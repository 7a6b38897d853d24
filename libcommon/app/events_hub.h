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

/* A shorter way for what comes while the listener's thread waits in hub_next: `give` gets it in the hub's thread, and must
 * not wait. false: not taken, the batch goes through hub_next. *wake: taken, and its thread has something left to do
 * (hub_next returns, with nothing). Called by the listener's thread before its first hub_next. */
typedef bool hub_give(void *with, const struct event_batch *batch, bool *wake);
void hub_give_to(struct listener *l, hub_give *give, void *with);

/* The next events, in order and without gap, as batches in cx's arena; *n 0 when none came within wait_ms.
 * REDIS_DOWN: the stream cannot be read now; try again. */
fallible hub_next(struct ctx *cx, struct listener *l, int64_t wait_ms, struct event_batch **out, size_t *n);
int64_t hub_last(const struct listener *l);      /* number of the last event given */
bool hub_is_live(const struct listener *l);      /* what hub_next gave last came as it was written, not from the past */
