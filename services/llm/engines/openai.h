/* How a server of chat completions is spoken to, for those who ask it something else than an answer. */
#pragma once

#include "config.h"

const char *openai_max_tokens(const struct llm_settings *s);        /* the member that bounds an answer */
/* Who asks, and the key of the effect (NULL: none): at most two headers, whose number it gives. */
size_t openai_headers(struct ctx *cx, const struct llm_settings *s, const char *key, const char **headers);
