#include "config.h"

#include "app/daemon.h"

#include <string.h>

SHAPE(stt_settings, "Speech to text.",
    FIELD(stt_settings, stt_engines,         "Engines in the order in which they are tried, comma separated.", .min = 1, .max = 200),
    FIELD(stt_settings, assemblyai_api_key,  "Key of AssemblyAI. The word MOCK: nobody listens, and the text says that it is invented.", .secret = true),
    FIELD(stt_settings, stt_assemblyai_url,  "Base URL of AssemblyAI; https://api.eu.assemblyai.com keeps what is heard in the European Union.", .format = &format_uri),
    FIELD(stt_settings, stt_assemblyai_model, "Models of it in the order of preference, comma separated.", .min = 1, .max = 200),
    FIELD(stt_settings, stt_assemblyai_poll_ms, "Most milliseconds between two questions whether a transcript is ready; fewer for a short recording.", .min = 10, .max = 60000),
    FIELD(stt_settings, stt_assemblyai_wait_s, "How long an attempt waits for a transcript, beyond the length of its recording.", .min = 1, .max = 14400),
    FIELD(stt_settings, stt_assemblyai_delete, "Delete transcripts at AssemblyAI once they are kept here, or cancelled."),
    FIELD(stt_settings, deepgram_api_key,    "Key of Deepgram.", .secret = true),
    FIELD(stt_settings, stt_deepgram_url,    "Base URL of Deepgram, or of a server of one's own.", .format = &format_uri),
    FIELD(stt_settings, stt_deepgram_model,  "Model of it.", .min = 1, .max = 120),
    FIELD(stt_settings, stt_sphinx_model,    "Directory of the pocketsphinx model (en-us)."),
    FIELD(stt_settings, stt_sphinx_decoders, "Recordings pocketsphinx hears at a time; each costs 105 MB.", .min = 1, .max = 8),
    FIELD(stt_settings, stt_idle_s,          "Seconds without work after which models leave the memory.", .min = 1, .max = 86400),
    FIELD(stt_settings, stt_openai_url,      "Base URL of an OpenAI-compatible audio server (whisper.cpp, Speaches, LocalAI ...).", .format = &format_uri),
    FIELD(stt_settings, stt_openai_model,    "Model asked of it.", .max = 120),
    FIELD(stt_settings, stt_openai_key,      "Its key; OPENAI_API_KEY when absent.", .secret = true),
    FIELD(stt_settings, openai_api_key,      "Key of OpenAI.", .secret = true),
    FIELD(stt_settings, stt_openai_micro_per_minute, "Its price in millionths of a dollar per minute; -1: by the price table.", .min = -1, .max = 10000000),
    FIELD(stt_settings, stt_max_minutes,     "Longest recording taken.", .min = 1, .max = 6000));

struct stt_settings stt_settings_default = {
    .stt_engines = "assemblyai,deepgram,openai,pocketsphinx",
    .stt_assemblyai_url = "https://api.assemblyai.com",
    .stt_assemblyai_model = "universal-3-5-pro,universal-2",
    .stt_assemblyai_poll_ms = 3000,
    .stt_assemblyai_wait_s = 600,
    .stt_assemblyai_delete = true,
    .stt_deepgram_url = "https://api.deepgram.com",
    .stt_deepgram_model = "nova-3",
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

fallible key_check(struct ctx *cx, const char *name, const char *key)
{
    if (!key || !*key)
        return fail(cx, ENGINE_DISABLED, "%s is not set", name);
    if (text_starts(key, "your-") || text_starts(key, "change-"))
        return fail(cx, ENGINE_DISABLED, "%s is not set: it still holds an example's placeholder", name);
    return OK;
}

const char *url_under(struct ctx *cx, const char *base, const char *path)
{
    size_t len = strlen(base);

    while (len && base[len - 1] == '/')
        len--;
    return arena_fmt(cx->arena, "%.*s%s", (int)len, base, path);
}
