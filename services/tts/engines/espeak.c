/* espeak-ng as a child: text on standard input, WAV on standard output. Its licence stays its own. */
#include "config.h"
#include "engine.h"
#include "net/child.h"

#include <string.h>
#include <unistd.h>

/* Language tags, the most special first, and the voice of each; also the voices that may be asked for. */
static const struct { const char *language, *voice; } voices[] = {
    { "fr-BE", "fr-be" }, { "fr-CH", "fr-ch" }, { "fr-FR", "fr-fr" }, { "fr", "fr" },
    { "en-GB-scotland", "en-gb-scotland" }, { "en-GB-rp", "en-gb-x-rp" }, { "en-GB", "en-gb" }, { "en-US-nyc", "en-us-nyc" },
    { "en-US", "en-us" }, { "en-029", "en-029" }, { "en", "en-us" },
    { "es-419", "es-419" }, { "es", "es" }, { "pt-BR", "pt-br" }, { "pt", "pt" }, { "de", "de" }, { "it", "it" }, { "nl", "nl" },
};
static const char *const variants[] = { "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5", "whisper", NULL };

/* A voice of the table, with one of the variants after a "+". A name espeak-ng were given unchecked could be a path. */
static bool is_voice(const char *name)
{
    size_t n = strcspn(name, "+");
    bool known = false, variant = !name[n];

    for (size_t i = 0; i < COUNT(voices); i++)
        known |= strlen(voices[i].voice) == n && !memcmp(voices[i].voice, name, n);
    for (size_t i = 0; variants[i] && name[n]; i++)
        variant |= text_is(variants[i], name + n + 1);
    return known && variant;
}

static const char *check(struct ctx *cx)
{
    if (access("/usr/bin/espeak-ng", X_OK) && access("/bin/espeak-ng", X_OK))
        return "espeak-ng is not installed";
    if (!is_voice(tts_settings.tts_espeak_voice_fr))
        return arena_fmt(cx->arena, "TTS_ESPEAK_VOICE_FR names no voice: %s", tts_settings.tts_espeak_voice_fr);
    if (!is_voice(tts_settings.tts_espeak_voice_en))
        return arena_fmt(cx->arena, "TTS_ESPEAK_VOICE_EN names no voice: %s", tts_settings.tts_espeak_voice_en);
    return NULL;
}

/* Regions with a voice of their own have it; fr-GA and plain fr have the configured one. */
static const char *voice(const char *wanted, const char *language)
{
    if (wanted)
        return is_voice(wanted) ? wanted : NULL;
    for (size_t i = 0; i < COUNT(voices); i++) {
        size_t n = strlen(voices[i].language);
        if (strncasecmp(voices[i].language, language, n) || (language[n] && language[n] != '-'))
            continue;
        if (text_is(voices[i].language, "fr"))
            return tts_settings.tts_espeak_voice_fr;
        return text_is(voices[i].language, "en") ? tts_settings.tts_espeak_voice_en : voices[i].voice;
    }
    return NULL;
}

/* 80 to 450 words a minute is what espeak-ng takes (espeak-ng(1), -s). */
static const char *words_minute(struct ctx *cx, double speed)
{
    double words = tts_settings.tts_espeak_words_minute * speed;

    return arena_fmt(cx->arena, "%d", (int)(words < 80 ? 80 : words > 450 ? 450 : words));
}

static err_t speak(struct ctx *cx, const struct utterance *u, struct bytes *sound)
{
    /* It makes a shared memory of 64 MiB for a PulseAudio that it then does not use: no smaller limit for files. */
    const char *const argv[] = { "espeak-ng", "-v", u->voice, "-s", words_minute(cx, u->speed), "-b", "1", "--stdin", "--stdout", NULL };
    struct child_end end;

    TRY(child_run(cx, &(struct child_ask){ .argv = argv, .input = { u->text, strlen(u->text) }, .cpu_s = 30, .wall_ms = 60000,
                                           .file_bytes = 128 << 20, .max_output = 64 << 20 }, &end));
    if (end.status || end.signal)
        return fail(cx, ENGINE_BROKEN, "espeak-ng ended with %d: %.*s", end.signal ? end.signal : end.status,
                    (int)text_utf8_cut(end.complaint.at, end.complaint.n < 200 ? end.complaint.n : 200), end.complaint.at);
    *sound = end.output;
    return OK;
}

static int64_t cost(size_t chars __attribute__((unused))) { return 0; }

static const char *const languages[] = { "fr", "en", "es", "pt", "de", "it", "nl", NULL };

const struct engine engine_espeak = {
    .name = "espeak", .languages = languages, .max_chars = 4000, .check = check, .voice = voice, .speak = speak, .cost = cost,
};
