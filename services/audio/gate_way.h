/* From the gate to a site: the connection, straight or through the operator's own proxy. */
#pragma once

#include "gate_head.h"

/* A connected, non-blocking socket on which the site itself answers next; what is no tunnel still wants its request.
 * EGRESS_REFUSED, SITE_DOWN, CANCELLED, DEADLINE_PASSED. */
fallible way_open(struct ctx *cx, const struct gate_head *head, int *fd);
/* The request as the site, or the operator's proxy, gets it. */
struct bytes way_request(struct ctx *cx, const struct gate_head *head);
/* All of it, or SITE_DOWN. */
fallible way_send(struct ctx *cx, int fd, struct bytes all);
