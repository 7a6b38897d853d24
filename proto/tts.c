#include "proto/tts.h"

SHAPE(tts_speak, "A text to speak.",
    FIELD(tts_speak, text,     "What to say.", .need = true, .min = 1, .max = 1 << 20),
    FIELD(tts_speak, language, "BCP 47 tag; fr when absent.", .format = &format_language),
    FIELD(tts_speak, voice,    "A voice of the engine; its default for the language when absent.", .max = 80),
    FIELD(tts_speak, format,   "mp3 when absent.", .one_of = WORDS("mp3", "wav", "opus")),
    FIELD(tts_speak, engine,   "The engine wanted; the declared order when absent.", .max = 40),
    FIELD(tts_speak, speed,    "1 is the voice's own; 0 when absent.", .max = 4));

SHAPE(speech, "A spoken text.",
    FIELD(speech, file,       "Blob key of the sound.", .need = true),
    FIELD(speech, type,       "Its media type.", .need = true),
    FIELD(speech, engine,     "Which engine spoke.", .need = true),
    FIELD(speech, voice,      "With which voice."),
    FIELD(speech, duration_s, "Seconds of sound."),
    FIELD(speech, size,       "Bytes."),
    FIELD(speech, cost_micro, "Millionths of a US dollar; null when the price is unknown."));
