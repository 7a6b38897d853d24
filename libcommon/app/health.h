/* /health/live, /health/ready and /metrics on a port of their own: one thread, one client at a time, small requests. */
#pragma once

#include "app/daemon.h"

fallible health_open(struct ctx *cx, struct daemon *d);     /* CONFIG_INVALID: the port is taken */
void     health_close(struct daemon *d);

/* {"status":"ready"|"degraded"|"draining"|"starting","checks":{"postgres":"up",...},"lacks":"..."}; gives the HTTP status. Ready
 * tells the process's own ability; a missing neighbour only degrades. Looks at the neighbours once a second at most. */
int health_ready(struct daemon *d, struct text *to);

/* What was seen of the neighbours, a second ago at most, and how long the two that every request meets took to answer. What is not
 * used counts as up. */
struct neighbours { bool pg, redis, amqp, blobs; int64_t pg_us, redis_us; };
struct neighbours health_neighbours(struct daemon *d);
bool neighbours_are_whole(const struct neighbours *n);
