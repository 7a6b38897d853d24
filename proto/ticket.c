#include "proto/ticket.h"
#include "proto/ticket.pb-c.h"

#include "data/wire.h"

/* Two versions of a daemon read each other's tickets: the id is needed, a kind or lane of a later version is none of ours to refuse. */
SHAPE(ticket_message, "Where a job's row is, and how urgent it is.",
    FIELD(ticket_message, id,    "The job.", .need = true, .format = &format_uuid),
    FIELD(ticket_message, kind,  "What is to be done; the row says so too.", .max = 80),
    FIELD(ticket_message, lane,  "How it is scheduled; the row says so too.", .max = 20),
    FIELD(ticket_message, trace, "W3C traceparent.", .max = 60));

struct bytes ticket_write(struct ctx *cx, const struct ticket_message *t)
{
    return wire_write(cx, &palabre__ticket__descriptor, &ticket_message_shape, t);
}

err_t ticket_read(struct ctx *cx, struct bytes wire, struct ticket_message *out)
{
    return wire_read(cx, &palabre__ticket__descriptor, wire, &ticket_message_shape, out);
}
