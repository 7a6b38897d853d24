/* /health/live, /health/ready and /metrics on a port of their own: one thread, one client at a time, small requests. */
#pragma once

#include "app/daemon.h"

fallible health_open(struct ctx *cx, struct daemon *d);     /* CONFIG_INVALID: the port is taken */
void     health_close(struct daemon *d);

/* {"status":"ready"|"degraded"|"draining"|"starting","checks":{"postgres":"up",...},"lacks":"..."}; gives the HTTP status. Ready
 * tells the process's own ability; a missing neighbour only degrades. Looks at the neighbours once a second at most. */
int health_ready(struct daemon *d, struct text *to);
/* No neighbour is missing. */
bool health_is_whole(struct daemon *d);
