/* Any bytes as each of the messages that have texts, lists and numbers; what is read writes back. */
#include "data/wire.h"
#include "proto/document.h"
#include "proto/document.pb-c.h"
#include "proto/stt.h"
#include "proto/stt.pb-c.h"
#include "proto/ticket.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_one(struct ctx *cx, const ProtobufCMessageDescriptor *d, const struct shape *s, struct bytes wire)
{
    void *out = arena_get(cx->arena, s->size), *again = arena_get(cx->arena, s->size);

    if (wire_read(cx, d, wire, s, out))
        return;
    if (wire_read(cx, d, wire_write(cx, d, s, out), s, again))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    struct bytes wire = { (const char *)data, size };
    struct ticket_message ticket;
    err_t e = ticket_read(&cx, wire, &ticket);

    try_one(&cx, &palabre__transcript__descriptor, &transcript_shape, wire);
    try_one(&cx, &palabre__document_report__descriptor, &document_report_shape, wire);
    arena_free(cx.arena);
    (void)e;
    return 0;
}
