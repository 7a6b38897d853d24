/* POST {OPENAI_TTS_URL}/audio/speech: OpenAI, and the servers that speak like it. */
#include "config.h"
#include "engine.h"
#include "prices.h"
#include "data/json.h"
#include "net/http.h"

#include <string.h>

struct openai_speech { const char *model, *input, *voice, *response_format; double speed; };

SHAPE(openai_speech, "Body of POST /audio/speech (CreateSpeechRequest).",
    FIELD(openai_speech, model,           "Model."),
    FIELD(openai_speech, input,           "At most 4096 characters."),
    FIELD(openai_speech, voice,           "Voice."),
    FIELD(openai_speech, response_format, "wav or mp3."),
    FIELD(openai_speech, speed,           "0.25 to 4."));

static const char *const voices[] = { "alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer",
                                      "verse", "marin", "cedar", NULL };

static bool is_set(const char *setting) { return setting && *setting; }
static bool is_openai(void) { return !is_set(tts_settings.openai_tts_url) || text_is(tts_settings.openai_tts_url, OPENAI_URL); }

static const char *check(struct ctx *cx __attribute__((unused)))
{
    return is_openai() && !is_set(tts_settings.openai_api_key) ? "neither OPENAI_API_KEY nor OPENAI_TTS_URL is set" : NULL;
}

/* A server of one's own has voices of its own. */
static const char *voice(const char *wanted, const char *language __attribute__((unused)))
{
    if (!wanted)
        return tts_settings.openai_tts_voice;
    for (size_t i = 0; voices[i]; i++)
        if (text_is(voices[i], wanted))
            return wanted;
    return text_is(wanted, tts_settings.openai_tts_voice) || !is_openai() ? wanted : NULL;
}

static struct bytes body(struct ctx *cx, const struct utterance *u)
{
    struct openai_speech ask = {
        tts_settings.openai_tts_model, u->text, u->voice, tts_settings.openai_tts_format,
        u->speed < 0.25 ? 0.25 : u->speed > 4 ? 4 : u->speed,
    };
    const char *json = json_write(cx, &openai_speech_shape, &ask);

    return (struct bytes){ json, strlen(json) };
}

static err_t speak(struct ctx *cx, const struct utterance *u, struct bytes *sound)
{
    const char *headers[3] = { NULL }, *base = is_set(tts_settings.openai_tts_url) ? tts_settings.openai_tts_url : OPENAI_URL;
    struct http_answer answer = { .status = 0 };
    size_t n = 0;

    if (is_set(tts_settings.openai_api_key))
        headers[n++] = arena_fmt(cx->arena, "Authorization: Bearer %s", tts_settings.openai_api_key);
    if (u->key)
        headers[n++] = arena_fmt(cx->arena, "Idempotency-Key: %s", u->key);
    TRY(http_send(cx, &(struct http_ask){
        .verb = "POST", .url = arena_fmt(cx->arena, "%s%saudio/speech", base, base[strlen(base) - 1] == '/' ? "" : "/"),
        .headers = headers, .type = "application/json", .body = body(cx, u), .max_bytes = 32 << 20 }, &answer));
    TRY(http_check(cx, "openai", &answer));
    *sound = answer.body;       /* whether it is sound is told by its bytes, never by its Content-Type */
    return OK;
}

static int64_t cost(size_t chars)
{
    int64_t price = tts_settings.openai_tts_price_micro;

    return price < 0 ? price_of_speech(tts_settings.openai_tts_model, chars) : price * (int64_t)chars / 1000000;
}

static struct breaker breaker = { .name = "openai-tts" };

const struct engine engine_openai = {
    .name = "openai", .max_chars = 4096, .group_chars = 1200, .charged = true, .breaker = &breaker,
    .check = check, .voice = voice, .speak = speak, .cost = cost,
};
