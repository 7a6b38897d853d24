/* Headers of WAV files: whatever they say, the samples lie within the file. */
#include "recording.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    struct recording r = { 0 };

    if (!recording_parse(&cx, (struct bytes){ (const char *)data, size }, (int64_t)size, &r) &&
        (r.data_at < 0 || r.samples < 0 || r.data_at + r.samples * 2 > (int64_t)size))
        abort();
    arena_free(cx.arena);
    return 0;
}
