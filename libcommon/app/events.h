/* Event streams. A topic (the id of a root job) is a Redis Stream `ev:<topic>` whose events are numbered
 * 1, 2, 3 ...; one stream entry holds a batch of them under the number of its last. The same call that
 * appends publishes the batch, so readers get it at once and fill any gap from the stream. */
#pragma once

#include "base/text.h"

#define EVENT_MAX_BYTES    65536        /* type and data of one event */
#define EVENTS_KEPT        20000        /* stream entries per topic, about */
#define EVENTS_TTL_S       86400

/* The writer: one thread per process sends what others queue, grouped by topic. A queue of at most 64k
 * events: when Redis is down the oldest go, since the final state is in PostgreSQL. */
struct events;
struct events *events_open(struct arena *a, struct redis *redis);
void events_close(struct events *e);                                    /* sends what is left, at most 2 s */

/* Queue one event; `json` is one line of JSON. Never blocks, never fails. */
void event_put(struct events *e, const char *topic, const char *type, const char *json);

/* Wait until all that was queued before is in Redis but the last `left` of it, at most `ms`. 0: order between processes at a
 * hand-over; more: who tells much without a pause stays ahead by so many. */
void events_flush(struct events *e, int64_t left, int64_t ms);

/* A batch as stored: "type json\n" lines. Steps through it: false at the end. */
struct event { int64_t number; struct bytes type, data; };
bool event_next(struct bytes *batch, struct event *out);

/* Events of a topic numbered above `after`, at most `most` batches; *first is the number of the first event in it.
 * For resuming; live reading is events_hub.h. */
struct event_batch { int64_t last; int count; struct bytes lines; };
fallible events_read(struct ctx *cx, const char *topic, int64_t after, int most,
                     struct event_batch **out, size_t *n);
