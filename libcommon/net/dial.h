/* A TCP connection within a time: name lookup included, which libraries leave unbounded. */
#pragma once

#include "base/err.h"

struct lookup;

/* Where to; lives as long as its owner. A lookup that took too long is waited for again by the next call. */
struct dial { const char *host, *port; struct lookup *asked; bool guarded; };  /* guarded: users can influence it, so the gate of http.h decides */

/* A connected, non-blocking socket with TCP_NODELAY and keepalive, within wait_ms and cx's deadline, given up
 * early (at most 100 ms later) when cx->stop is set. TIMEOUT, CANCELLED, ENGINE_DOWN (refused, unknown name),
 * EGRESS_REFUSED. */
fallible dial_tcp(struct ctx *cx, struct dial *d, int64_t wait_ms, int *fd);
/* Only the gate's word: EGRESS_REFUSED when one of its addresses may not be reached. ENGINE_DOWN: it has none that we know. */
fallible dial_look(struct ctx *cx, struct dial *d, int64_t wait_ms);
void     dial_tune(int fd);
void     dial_close(struct dial *d);
