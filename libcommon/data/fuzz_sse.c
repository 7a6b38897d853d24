/* Any bytes, cut at any place, give the same events as in one piece, and never more memory than bounded. */
#define _GNU_SOURCE
#include "sse.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen { size_t events, bytes; uint64_t sum; };

static void stir(struct seen *seen, const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        seen->sum = (seen->sum ^ (unsigned char)at[i]) * 1099511628211u;
    seen->sum = (seen->sum ^ 0x100) * 1099511628211u;
}

static err_t note(struct ctx *cx, void *with, const struct sse_event *e)
{
    struct seen *seen = with;

    (void)cx;
    if (e->data.at[e->data.n] || e->data.n > MAX_BYTES || strlen(e->type) > MAX_BYTES)
        abort();
    seen->events++;
    seen->bytes += e->data.n;
    stir(seen, e->type, strlen(e->type));
    stir(seen, e->id, strlen(e->id));
    stir(seen, e->data.at, e->data.n);
    return OK;
}

/* True when the whole was read; `piece` bytes at a time. */
static bool read_all(struct seen *seen, const char *at, size_t n, size_t piece)
{
    struct ctx cx = { .arena = arena_new() };
    struct sse *s = sse_new(cx.arena, MAX_BYTES);
    err_t failed = OK;

    for (size_t i = 0; i < n && !failed; i += piece)
        failed = sse_feed(&cx, s, at + i, n - i < piece ? n - i : piece, note, seen);
    arena_free(cx.arena);
    return !failed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole = { 0 }, pieces = { 0 };

    if (!size)
        return 0;
    size_t piece = 1 + data[0] % 16;
    bool ok = read_all(&whole, (const char *)data + 1, size - 1, size);
    if (read_all(&pieces, (const char *)data + 1, size - 1, piece) != ok)
        abort();
    if (whole.events != pieces.events || whole.bytes != pieces.bytes || whole.sum != pieces.sum)
        abort();
    return 0;
}
