/* What configures the speech-to-text daemon; `palabre-stt --help` lists it. */
#pragma once

#include "data/shape.h"

struct stt_settings {
    const char *stt_engines;            /* in the order in which they are tried */
    const char *stt_sphinx_model;
    int         stt_sphinx_decoders, stt_idle_s;
    const char *stt_openai_url, *stt_openai_model, *stt_openai_key, *openai_api_key;
    int         stt_openai_micro_per_minute;
    int         stt_max_minutes;
};

extern const struct shape stt_settings_shape;
extern struct stt_settings stt_settings_default;

/* The settings of this process; the defaults outside a daemon. */
const struct stt_settings *stt_settings(const struct ctx *cx);
