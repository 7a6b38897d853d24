#include "config.h"

SHAPE(tts_settings, "Settings of the speech worker.",
    FIELD(tts_settings, tts_engines,             "Engines in the order they are tried, with commas.", .min = 1, .max = 200, .format = &format_engines),
    FIELD(tts_settings, tts_max_chars,           "Longest text spoken, in characters.", .min = 1, .max = 1 << 20),
    FIELD(tts_settings, tts_espeak_voice_fr,     "Voice of espeak-ng for French: fr, fr-be, fr-ch; +f2, +m3 ... make another speaker."),
    FIELD(tts_settings, tts_espeak_voice_en,     "Voice of espeak-ng for English: en-us, en-gb, en-gb-scotland, en-029 ..."),
    FIELD(tts_settings, tts_espeak_words_minute, "How fast espeak-ng speaks at speed 1.", .min = 80, .max = 450),
    FIELD(tts_settings, openai_api_key,          "Key of OpenAI, or of a server that speaks like it.", .secret = true),
    FIELD(tts_settings, openai_tts_url,          "Where /audio/speech is; a server of one's own needs no key.", .format = &format_uri),
    FIELD(tts_settings, openai_tts_model,        "Model: tts-1, tts-1-hd, gpt-4o-mini-tts, or the server's own.", .min = 1),
    FIELD(tts_settings, openai_tts_voice,        "Voice when none is asked for.", .min = 1),
    FIELD(tts_settings, openai_tts_format,       "What is asked of the server.", .one_of = WORDS("wav", "mp3")),
    FIELD(tts_settings, openai_tts_price_micro,  "Millionths of a US dollar per million characters; -1: by the model's list price.",
          .min = -1, .max = 1000000000));

struct tts_settings tts_settings = {
    .tts_engines = "openai,espeak",
    .tts_max_chars = 100000,
    .tts_espeak_voice_fr = "fr",
    .tts_espeak_voice_en = "en-us",
    .tts_espeak_words_minute = 160,
    .openai_tts_url = OPENAI_URL,
    .openai_tts_model = "tts-1",
    .openai_tts_voice = "alloy",
    .openai_tts_format = "wav",
    .openai_tts_price_micro = -1,
};
