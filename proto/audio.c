#include "proto/audio.h"

SHAPE(audio_extract, "A recording to make ready for transcription.",
    FIELD(audio_extract, file, "Blob key of the recording.", .need = true, .min = 1, .max = 200));

SHAPE(audio_convert, "A recording to convert for people.",
    FIELD(audio_convert, file,          "Blob key of the recording.", .need = true, .min = 1, .max = 200),
    FIELD(audio_convert, format,        "What to make; mp3 when absent.", .one_of = WORDS("mp3", "aac", "opus", "wav")),
    FIELD(audio_convert, bit_rate_kbps, "0: the format's usual.", .max = 320));

SHAPE(audio_made, "A converted recording, and what the source was.",
    FIELD(audio_made, file,       "Blob key of the result.", .need = true),
    FIELD(audio_made, type,       "Its media type.", .need = true),
    FIELD(audio_made, codec,      "Codec of the source."),
    FIELD(audio_made, duration_s, "Seconds of sound.", .need = true),
    FIELD(audio_made, size,       "Bytes of the result."),
    FIELD(audio_made, channels,   "Channels of the source."),
    FIELD(audio_made, rate_hz,    "Sample rate of the source."),
    FIELD(audio_made, video,      "The source has a picture."));
