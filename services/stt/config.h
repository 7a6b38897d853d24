/* What configures the speech-to-text daemon; `palabre-stt --help` lists it. */
#pragma once

#include "data/shape.h"

struct stt_settings {
    const char *stt_engines;            /* in the order in which they are tried */
    const char *assemblyai_api_key, *stt_assemblyai_url, *stt_assemblyai_model;
    int         stt_assemblyai_poll_ms, stt_assemblyai_wait_s;
    bool        stt_assemblyai_delete;
    const char *deepgram_api_key, *stt_deepgram_url, *stt_deepgram_model;
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

/* ENGINE_DISABLED: the key is not set, or is what an example file has in its place ("your-...", "change-..."). */
fallible key_check(struct ctx *cx, const char *name, const char *key);

/* `path` under a base URL that may end in a slash. */
const char *url_under(struct ctx *cx, const char *base, const char *path);
