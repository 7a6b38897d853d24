/* Settings of the speech worker. */
#pragma once

#include "data/shape.h"

#define OPENAI_URL "https://api.openai.com/v1"

struct tts_settings {
    const char *tts_engines;
    int64_t     tts_max_chars;
    const char *tts_espeak_voice_fr, *tts_espeak_voice_en;
    int         tts_espeak_words_minute;
    const char *openai_api_key, *openai_tts_url, *openai_tts_model, *openai_tts_voice, *openai_tts_format;
    int64_t     openai_tts_price_micro;
};

extern const struct shape tts_settings_shape;
extern const struct format format_engines;      /* engine.c: names of engines that exist */
extern struct tts_settings tts_settings;        /* defaults; read once before any thread starts */
