/* Multipart bodies from a stranger, in pieces of one byte and whole. */
#include "http/multipart.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source { const uint8_t *at; size_t n, step; };

static err_t next(struct ctx *cx, void *with, char *to, size_t n, size_t *got)
{
    struct source *s = with;

    (void)cx;
    *got = s->n < n ? s->n : n;
    if (s->step && *got > s->step)
        *got = s->step;
    memcpy(to, s->at, *got);
    s->at += *got, s->n -= *got;
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t step = 0; step < 2; step++) {
        struct ctx cx = { .arena = arena_new() };
        struct source s = { data, size, step };
        struct parts out = { 0 };
        if (multipart_parse(&cx, "multipart/form-data; boundary=X", "/nonexistent", next, &s, &out))
            arena_size(cx.arena);
        arena_free(cx.arena);
    }
    return 0;
}
