/* Answers of transcription servers: what is taken has its times within the piece. */
#include "engines/openai_reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    struct transcript t = { 0 };

    if (!openai_reply_read(&cx, (struct bytes){ (const char *)data, size }, 25, &t)) {
        for (size_t i = 0; i < t.words.n; i++)
            if (!(t.words.at[i].start >= 0) || !(t.words.at[i].end <= 27) || !*t.words.at[i].word)
                abort();
        for (size_t i = 0; i < t.segments.n; i++)
            if (!(t.segments.at[i].end <= 27))
                abort();
    }
    arena_free(cx.arena);
    return 0;
}
