/* Chunks of a completion stream: whatever comes, what is taken for text is UTF-8. */
#include "engines/openai_chunk.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct chunk c;

    if (chunk_read(a, (struct bytes){ (const char *)data, size }, &c) &&
        (!text_is_utf8(c.content.at, c.content.n) || !text_is_utf8(c.refusal.at, c.refusal.n)))
        abort();
    arena_free(a);
    return 0;
}
