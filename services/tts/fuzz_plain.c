/* Markdown of any kind becomes text without control characters. */
#include "plain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    const char *plain = plain_text(&cx, arena_text(cx.arena, (const char *)data, size), "fr");

    for (; *plain; plain++)
        if (((unsigned char)*plain < 0x20 && *plain != '\n') || strchr("\x7f[]", *plain))
            abort();
    arena_free(cx.arena);
    return 0;
}
