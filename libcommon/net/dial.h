/* A TCP connection within a time: name lookup included, which libraries leave unbounded. */
#pragma once

#include "base/err.h"

struct lookup;

/* Where to; lives as long as its owner. A lookup that took too long is waited for again by the next call. */
struct dial { const char *host, *port; struct lookup *asked; };

/* A connected, non-blocking socket with TCP_NODELAY and keepalive, within wait_ms and cx's deadline, given up
 * early (at most 100 ms later) when cx->stop is set. TIMEOUT, CANCELLED, ENGINE_DOWN (refused, unknown name). */
fallible dial_tcp(struct ctx *cx, struct dial *d, int64_t wait_ms, int *fd);
void     dial_tune(int fd);
void     dial_close(struct dial *d);
