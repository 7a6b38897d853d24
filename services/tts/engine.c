/* The engines there are, and one utterance through breaker and ledger. */
#include "engine.h"
#include "config.h"
#include "sentences.h"
#include "app/effects.h"
#include "data/json.h"
#include "net/blob.h"

#include <string.h>

static const struct engine *const engines[] = { &engine_openai, &engine_espeak };

const struct engine *engine_find(const char *name, size_t n)
{
    for (size_t i = 0; i < COUNT(engines); i++)
        if (strlen(engines[i]->name) == n && !memcmp(engines[i]->name, name, n))
            return engines[i];
    return NULL;
}

/* The next name of a comma list; false at its end. */
static bool name_next(const char **at, struct bytes *name)
{
    *at += strspn(*at, ", ");
    *name = (struct bytes){ *at, strcspn(*at, ", ") };
    *at += name->n;
    return name->n;
}

size_t engines_list(const struct engine **to)
{
    const char *at = tts_settings.tts_engines;
    size_t n = 0;

    for (struct bytes name; n < ENGINES_MOST && name_next(&at, &name);)
        if ((to[n] = engine_find(name.at, name.n)))
            n++;
    return n;
}

static const char *check_names(const char *text, size_t len)
{
    char names[256] = "";
    const char *at = names;
    size_t n = 0;

    memcpy(names, text, len < sizeof(names) - 1 ? len : sizeof(names) - 1);
    for (struct bytes name; name_next(&at, &name); n++)
        if (!engine_find(name.at, name.n))
            return "names an engine that does not exist";
    return n && n <= ENGINES_MOST ? NULL : "must name at least one engine";
}
const struct format format_engines = { "engines", check_names };

bool engine_speaks(const struct engine *e, const char *language)
{
    size_t n = strcspn(language, "-");

    for (size_t i = 0; e->languages && e->languages[i]; i++)
        if (strlen(e->languages[i]) == n && !strncasecmp(e->languages[i], language, n))
            return true;
    return !e->languages;
}

/* --- one utterance --- */

struct kept_speech { const char *file; int64_t cost_micro; };
SHAPE(kept_speech, "What the ledger keeps of a spoken utterance.",
    FIELD(kept_speech, file,       "Blob key of its sound.", .need = true),
    FIELD(kept_speech, cost_micro, "What it cost."));

static void add_cost(int64_t *sum, int64_t more)
{
    *sum = *sum == LONG_NONE || more == LONG_NONE ? LONG_NONE : *sum + more;
}

/* Speak and decode: an answer that is not sound is a failure of the engine, for the breaker as well. */
static fallible ask(struct ctx *cx, const struct engine *e, const struct utterance *u, const struct sound *sound,
                    struct bytes *file, struct bytes *pcm, int *rate_hz)
{
    if (e->breaker)
        TRY(breaker_enter(cx, e->breaker));
    err_t fault = e->speak(cx, u, file);
    if (!fault)
        fault = sound_decode(cx, sound, *file, pcm, rate_hz);
    if (e->breaker)
        breaker_leave(e->breaker, fault);
    return fault;
}

/* True when an earlier attempt has paid for it and its sound is still there. */
static fallible take_kept(struct ctx *cx, const struct effect *effect, struct bytes *file, int64_t *cost_micro, bool *taken)
{
    struct kept_speech kept = { .cost_micro = LONG_NONE };

    *taken = false;
    if (!effect->done)
        return OK;
    TRY(json_read_kept(cx, effect->result.text, &kept_speech_shape, &kept));
    err_t e = blob_read(cx, kept.file, 64 << 20, file);
    if (e)
        return e->code == E_FILE_UNKNOWN ? OK : e;
    add_cost(cost_micro, kept.cost_micro);
    *taken = true;
    return OK;
}

static fallible keep(struct ctx *cx, const struct effect *effect, const char *name, struct bytes file, int64_t cost_micro)
{
    struct kept_speech kept = { job_file(cx, cx->job->root, name), cost_micro };

    if (effect->done)       /* its sound was lost and has been made again: the ledger has its row */
        return OK;
    TRY(blob_put(cx, kept.file, file));
    return effect_end(cx, effect, json_write(cx, &kept_speech_shape, &kept), cost_micro);
}

/* Refused before any work: the next attempt may begin anew. Of anything else we do not know, and repeat it with its key. */
static bool certainly_not_done(err_t e)
{
    return e->code == E_ENGINE_REFUSED || e->code == E_ENGINE_DISABLED || e->code == E_ENGINE_QUOTA || e->code == E_ENGINE_BUSY;
}

static fallible speak_charged(struct ctx *cx, const struct engine *e, size_t place, struct utterance *u,
                              struct sound *sound, int64_t *cost_micro)
{
    const char *name = arena_fmt(cx->arena, "%s-%s-%zu", cx->job->step ? cx->job->step : cx->job->kind, e->name, place);
    struct effect effect = { .key = NULL };
    struct bytes file, pcm;
    int rate_hz;
    bool taken;

    TRY(effect_begin(cx, name, EFFECT_KEYED, &effect));
    TRY(take_kept(cx, &effect, &file, cost_micro, &taken));
    if (taken) {
        TRY(sound_decode(cx, sound, file, &pcm, &rate_hz));
        return sound_add(cx, sound, pcm, rate_hz);
    }
    u->key = effect.key;
    err_t fault = ask(cx, e, u, sound, &file, &pcm, &rate_hz);
    if (fault && !effect.done && certainly_not_done(fault))
        TRY(effect_failed(cx, &effect, fault));
    if (fault)
        return fault;
    int64_t cost = e->cost(text_chars((struct bytes){ u->text, strlen(u->text) }));
    TRY(keep(cx, &effect, name, file, cost));
    add_cost(cost_micro, cost);
    return sound_add(cx, sound, pcm, rate_hz);
}

err_t engine_speak(struct ctx *cx, const struct engine *e, size_t place, struct utterance *u, struct sound *sound,
                   int64_t *cost_micro)
{
    struct bytes file, pcm;
    int rate_hz;

    if (e->charged)
        return speak_charged(cx, e, place, u, sound, cost_micro);
    TRY(ask(cx, e, u, sound, &file, &pcm, &rate_hz));
    return sound_add(cx, sound, pcm, rate_hz);
}
