/* One event of a chat completion stream, or a whole completion, read in a single pass without a tree:
 * this runs once per token. It reads what OpenAI, vLLM, Ollama, llama.cpp and Mistral send, and skips the rest. */
#pragma once

#include "base/text.h"
#include "prices.h"

struct chunk {
    struct bytes content;           /* to be shown; parts of a list are joined */
    struct bytes refusal;
    struct bytes finish;            /* finish_reason; none: at NULL */
    struct bytes error, error_code; /* the message and code of an error object; `failed` tells that there is one */
    struct usage usage;             /* LONG_NONE where the chunk says nothing */
    bool failed;
};

/* false: it is not such JSON. Texts point into `data`, or into `a` where they held escapes. */
bool chunk_read(struct arena *a, struct bytes data, struct chunk *out);
