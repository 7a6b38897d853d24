/* Settings of the audio worker. */
#pragma once

#include "data/shape.h"

struct audio_settings { int64_t audio_max_s, audio_max_bytes, audio_cpu_s; };

extern const struct shape audio_settings_shape;
extern struct audio_settings audio_settings;    /* defaults; read once before any thread starts */
