/* What the broker carries for a job. The same members stand in ticket.proto. */
#pragma once

#include "data/shape.h"

struct ticket_message { const char *id, *kind, *lane, *trace; };

extern const struct shape ticket_message_shape;

struct bytes ticket_write(struct ctx *cx, const struct ticket_message *t);
fallible     ticket_read(struct ctx *cx, struct bytes wire, struct ticket_message *out);    /* INPUT_INVALID */
