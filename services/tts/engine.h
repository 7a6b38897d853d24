/* What any text-to-speech provider can be asked. One file per provider under engines/, one table each. */
#pragma once

#include "app/breaker.h"
#include "sound.h"

struct utterance {
    const char *text, *language, *voice;        /* language: BCP 47; voice: one the engine gave */
    const char *key;                            /* idempotency key; NULL for an engine that charges nothing */
    double speed;                               /* 1: the voice's own */
};

struct engine {
    const char *name;
    const char *const *languages;       /* primary tags it speaks, NULL-ended; NULL: any */
    size_t max_chars;                   /* of one utterance */
    size_t group_chars;                 /* sentences are put together up to here; 0: one by one */
    bool   charged;                     /* each utterance is an effect in the ledger, with a key */
    struct breaker *breaker;            /* NULL: what cannot be down */
    const char *(*check)(struct ctx *cx);       /* why it is disabled; NULL: it can work */
    const char *(*voice)(const char *wanted, const char *language);    /* wanted NULL: its default; NULL: not its voice */
    err_t (*speak)(struct ctx *cx, const struct utterance *u, struct bytes *sound);    /* a WAV or MP3 file */
    int64_t (*cost)(size_t chars);      /* millionths of a US dollar; LONG_NONE: unknown */
};

extern const struct engine engine_espeak, engine_openai;

/* By name, NULL: there is none. */
const struct engine *engine_find(const char *name, size_t n);
/* The engines of TTS_ENGINES in their order, at most ENGINES_MOST. */
#define ENGINES_MOST 8
size_t engines_list(const struct engine **to);
/* Each of them and whether it can work, for --engines. */
struct engines_told;
void engines_tell(struct ctx *cx, struct engines_told *out);

bool engine_speaks(const struct engine *e, const char *language);

/* Utterance number `place` of cx->job through breaker and ledger, added to `sound`. What an earlier attempt of the
 * job has paid for is taken from its blob. `cost_micro` is added to, or becomes LONG_NONE. */
fallible engine_speak(struct ctx *cx, const struct engine *e, size_t place, struct utterance *u,
                      struct sound *sound, int64_t *cost_micro);
