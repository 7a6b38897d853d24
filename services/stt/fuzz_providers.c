/* Answers of AssemblyAI and Deepgram: what is taken has its times in order and within the recording. The first byte chooses. */
#include "engines/assemblyai_reply.h"
#include "engines/deepgram_reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct transcript *t)
{
    for (size_t i = 0; i < t->words.n; i++)
        if (!(t->words.at[i].start >= 0) || !(t->words.at[i].end <= 27) || !*t->words.at[i].word || (i && t->words.at[i].start < t->words.at[i - 1].start))
            abort();
    for (size_t i = 0; i < t->segments.n; i++)
        if (!(t->segments.at[i].end <= 27) || !*t->segments.at[i].text)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    struct bytes body = { (const char *)data + 1, size - 1 };
    struct transcript t = { 0 };
    enum assemblyai_state state;
    const char *why, *id, *last;

    if (size && *data & 1 && !deepgram_reply_read(&cx, body, 25, "nova-3", *data & 2, &t))
        check(&t);
    if (size && !(*data & 1)) {
        if (!assemblyai_reply_read(&cx, body, 25, "universal-2", &t))
            check(&t);
        err_t e = assemblyai_state_read(&cx, body, &state, &why);
        e = e ? e : assemblyai_list_find(&cx, body, "https://a/b", &id, &last);
    }
    arena_free(cx.arena);
    return 0;
}
