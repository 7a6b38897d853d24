/* What the audio worker is asked and gives. The same members stand in audio.proto. */
#pragma once

#include "data/shape.h"

/* audio.extract: any recording or video to 16 kHz mono WAV (s16le) for speech recognition. */
struct audio_extract { const char *file; };
/* audio.convert: to what people play. */
struct audio_convert { const char *file, *format; int bit_rate_kbps; };

struct audio_made {
    const char *file, *type, *codec;    /* blob key; media type; codec of the source */
    double  duration_s;
    int64_t size;
    int     channels, rate_hz;          /* of the source */
    bool    video;                      /* the source has a picture */
};

extern const struct shape audio_extract_shape, audio_convert_shape, audio_made_shape;
