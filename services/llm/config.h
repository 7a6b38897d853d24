/* What configures the language-model daemon; `palabre-llm --help` lists it. */
#pragma once

#include "data/shape.h"

struct llm_settings {
    const char *llm_engines;            /* in the order in which they are tried */
    const char *llm_openai_url, *llm_openai_model, *llm_vision_model, *llm_openai_key, *openai_api_key, *llm_dialect;
    int         llm_max_tokens, llm_material_bytes;
    int         llm_first_byte_ms, llm_idle_ms;
};

extern const struct shape llm_settings_shape;
extern struct llm_settings llm_settings_default;

/* The settings of this process; the defaults outside a daemon. */
const struct llm_settings *llm_settings(const struct ctx *cx);
