#include "config.h"

#include "app/daemon.h"

SHAPE(llm_settings, "Answers.",
    FIELD(llm_settings, llm_engines,        "Engines in the order in which they are tried, comma separated.", .min = 1, .max = 200),
    FIELD(llm_settings, llm_openai_url,     "Base URL of an OpenAI-compatible server (vLLM, Ollama /v1, llama.cpp, Mistral ...).", .format = &format_uri),
    FIELD(llm_settings, llm_openai_model,   "Model asked of it when the job names none.", .min = 1, .max = 120),
    FIELD(llm_settings, llm_vision_model,   "Model of that server that looks at pictures; empty: none does.", .max = 120),
    FIELD(llm_settings, llm_openai_key,     "Its key; OPENAI_API_KEY when absent.", .secret = true),
    FIELD(llm_settings, openai_api_key,     "Key of OpenAI.", .secret = true),
    FIELD(llm_settings, llm_dialect,        "What it understands; auto: by the URL.", .one_of = WORDS("auto", "openai", "compatible", "mistral")),
    FIELD(llm_settings, llm_max_tokens,     "Longest answer, in tokens.", .min = 1, .max = 32768),
    FIELD(llm_settings, llm_material_bytes, "Of longer material, a model is given the passages nearest to the question.", .min = 1000, .max = 4 << 20),
    FIELD(llm_settings, llm_first_byte_ms,  "Milliseconds until an answer must have begun.", .min = 1, .max = 3600000),
    FIELD(llm_settings, llm_idle_ms,        "Milliseconds without a byte after which an answer is given up.", .min = 1, .max = 3600000));

struct llm_settings llm_settings_default = {
    .llm_engines = "openai,extract",
    .llm_openai_url = "https://api.openai.com/v1",
    .llm_openai_model = "gpt-4o-mini",
    .llm_dialect = "auto",
    .llm_max_tokens = 2048,
    .llm_material_bytes = 200000,
    .llm_first_byte_ms = 60000,
    .llm_idle_ms = 30000,
};

const struct llm_settings *llm_settings(const struct ctx *cx)
{
    return cx->daemon && cx->daemon->config ? cx->daemon->config : &llm_settings_default;
}
