#include "config.h"

#include "app/daemon.h"

SHAPE(stt_settings, "Speech to text.",
    FIELD(stt_settings, stt_engines,         "Engines in the order in which they are tried, comma separated.", .min = 1, .max = 200),
    FIELD(stt_settings, stt_sphinx_model,    "Directory of the pocketsphinx model (en-us)."),
    FIELD(stt_settings, stt_sphinx_decoders, "Recordings pocketsphinx hears at a time; each costs 91 MB.", .min = 1, .max = 8),
    FIELD(stt_settings, stt_idle_s,          "Seconds without work after which models leave the memory.", .min = 1, .max = 86400),
    FIELD(stt_settings, stt_openai_url,      "Base URL of an OpenAI-compatible audio server (whisper.cpp, Speaches, LocalAI ...).", .format = &format_uri),
    FIELD(stt_settings, stt_openai_model,    "Model asked of it.", .max = 120),
    FIELD(stt_settings, stt_openai_key,      "Its key; OPENAI_API_KEY when absent.", .secret = true),
    FIELD(stt_settings, openai_api_key,      "Key of OpenAI.", .secret = true),
    FIELD(stt_settings, stt_openai_micro_per_minute, "Its price in millionths of a dollar per minute; -1: by the price table.", .min = -1, .max = 10000000),
    FIELD(stt_settings, stt_max_minutes,     "Longest recording taken.", .min = 1, .max = 6000));

struct stt_settings stt_settings_default = {
    .stt_engines = "openai,pocketsphinx",
    .stt_sphinx_model = "/usr/share/pocketsphinx/model/en-us",
    .stt_sphinx_decoders = 1,
    .stt_idle_s = 300,
    .stt_openai_url = "https://api.openai.com/v1",
    .stt_openai_model = "whisper-1",
    .stt_openai_micro_per_minute = -1,
    .stt_max_minutes = 360,
};

const struct stt_settings *stt_settings(const struct ctx *cx)
{
    return cx->daemon && cx->daemon->config ? cx->daemon->config : &stt_settings_default;
}
