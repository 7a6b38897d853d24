#include "proto/stt.h"

SHAPE(stt_transcribe, "A recording to transcribe.",
    FIELD(stt_transcribe, file,     "Blob key of a 16 kHz mono WAV; may be absent only when the engine's key is MOCK.", .min = 1, .max = 200),
    FIELD(stt_transcribe, language, "BCP 47 tag of what is spoken; the engine's default or detection when absent.", .format = &format_language),
    FIELD(stt_transcribe, engine,   "The engine wanted; the first able one in the declared order when absent.", .max = 40),
    FIELD(stt_transcribe, prompt,   "Names and terms to expect, comma separated.", .max = 2000),
    FIELD(stt_transcribe, source,   "Where the recording comes from, for people: a URL or a file's name.", .max = 4000),
    FIELD(stt_transcribe, diarize,  "Tell the speakers apart, with an engine that can."),
    FIELD(stt_transcribe, transcription, "The transcription that begins with it, for the log.", .max = 36));

SHAPE(word, "A word and when it was said.",
    FIELD(word, word,       "The word.", .need = true),
    FIELD(word, start,      "Seconds from the start of the recording.", .need = true),
    FIELD(word, end,        "Seconds from the start of the recording.", .need = true),
    FIELD(word, confidence, "0 to 1; null when the engine does not say."),
    FIELD(word, speaker,    "Who said it: A, B, ...; absent when speakers are not told apart."));

SHAPE(segment, "A stretch of speech.",
    FIELD(segment, text,  "What was said.", .need = true),
    FIELD(segment, start, "Seconds from the start of the recording.", .need = true),
    FIELD(segment, end,   "Seconds from the start of the recording.", .need = true),
    FIELD(segment, speaker, "Who said it; absent when speakers are not told apart."));

SHAPE(transcript, "What was said, word by word.",
    FIELD(transcript, text,       "All of it.", .need = true, .max = 16 << 20),
    FIELD(transcript, language,   "BCP 47 tag of what was spoken."),
    FIELD(transcript, engine,     "Which engine heard it.", .need = true),
    FIELD(transcript, model,      "Which model of it."),
    FIELD(transcript, duration_s, "Seconds of sound."),
    FIELD(transcript, confidence, "Mean over the words, 0 to 1; null when the engine does not say."),
    FIELD(transcript, cost_micro, "Millionths of a US dollar; null when the price is unknown."),
    LIST(transcript, words,       "In time order; empty when the engine gives no word times.", word, .max = 500000),
    LIST(transcript, segments,    "In time order.", segment, .max = 100000),
    FIELD(transcript, speakers,   "How many people speak; 0 when they are not told apart."),
    FIELD(transcript, mock,       "Nobody listened: the text is invented, because the key of the engine is MOCK."));
