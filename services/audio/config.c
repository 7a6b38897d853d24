#include "config.h"

/* Six hours at most: a 48 kHz stereo WAV of it just fits the 4 GiB that a RIFF header can say. */
SHAPE(audio_settings, "Settings of the audio worker.",
    FIELD(audio_settings, audio_max_s,     "Longest recording taken, in seconds.", .min = 1, .max = 21600),
    FIELD(audio_settings, audio_max_bytes, "Largest recording taken, in bytes.", .min = 1, .max = 1LL << 40),
    FIELD(audio_settings, audio_cpu_s,     "Processor seconds one conversion may use.", .min = 10, .max = 86400));

struct audio_settings audio_settings = {
    .audio_max_s = 4 * 3600,
    .audio_max_bytes = 4LL << 30,
    .audio_cpu_s = 3600,
};
