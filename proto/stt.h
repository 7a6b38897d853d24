/* What the speech-to-text worker is asked and gives. The same members stand in stt.proto. */
#pragma once

#include "data/shape.h"

/* stt.transcribe: a 16 kHz mono WAV into words. */
struct stt_transcribe { const char *file, *language, *engine, *prompt, *source, *transcription; bool diarize; };

struct word    { const char *word; double start, end, confidence; const char *speaker; };
struct segment { const char *text; double start, end; const char *speaker; };

struct transcript {
    const char *text, *language, *engine, *model;
    double      duration_s, confidence;         /* REAL_NONE: the engine does not say */
    int64_t     cost_micro;                     /* millionths of a dollar; LONG_NONE: unknown */
    LIST_OF(struct word)    words;
    LIST_OF(struct segment) segments;
    int         speakers;                       /* 0: not told apart */
    bool        mock;                           /* nobody listened: a setting asked for an invented text */
};

extern const struct shape stt_transcribe_shape, word_shape, segment_shape, transcript_shape;
