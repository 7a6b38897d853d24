/* What the speech worker is asked and gives. The same members stand in tts.proto. */
#pragma once

#include "data/shape.h"

/* tts.speak: text into sound. Markdown is spoken as its plain text. */
struct tts_speak { const char *text, *language, *voice, *format, *engine; double speed; };

struct speech {
    const char *file, *type, *engine, *voice;
    double  duration_s;
    int64_t size, cost_micro;           /* LONG_NONE: unknown */
};

extern const struct shape tts_speak_shape, speech_shape;
