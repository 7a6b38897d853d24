/* What any speech-to-text provider can be asked. One file per provider under engines/, one table each. */
#pragma once

#include "recording.h"
#include "proto/stt.h"

/* One piece of a recording. `key` is the same for every attempt: the provider's idempotency key. */
struct hearing { struct sound sound; const char *language, *prompt, *key; };

#define ENGINES_MOST 8

struct engine {
    const char *name;
    bool        bare_words;             /* it writes no punctuation: its words are the text */
    const char *const *languages;       /* primary subtags, NULL-ended; NULL: any, detected when not said */
    const char *(*model)(const struct ctx *cx);
    /* ENGINE_DISABLED, with what is missing; NULL: always ready. */
    err_t (*ready)(struct ctx *cx);
    /* The words of a piece, seconds from its start; text "" when nothing is said. ENGINE_*, TIMEOUT,
     * or cx's own errors. */
    err_t (*transcribe)(struct ctx *cx, const struct hearing *h, struct transcript *out);
    /* Gives memory back after idle_s seconds without work; NULL: it holds none. */
    void  (*rest)(int idle_s);
};

extern const struct engine engine_pocketsphinx, engine_openai;

/* The engines that can do `in`, in the declared order. ENGINE_REFUSED: it wants one that does not exist;
 * ENGINE_DISABLED: none is ready; LANGUAGE_REFUSED: none that is ready hears the language. The job's
 * explanation tells why engines are left out. */
struct engines { const struct engine *at[ENGINES_MOST]; size_t n; };
fallible engines_choose(struct ctx *cx, const struct stt_transcribe *in, struct engines *out);

/* Worker's idle hook: every engine may rest. */
void engines_rest(struct daemon *d);

/* By name; NULL: there is none. */
const struct engine *engine_named(const char *name, size_t len);
/* Each of STT_ENGINES and whether it can work, for --engines. */
struct engines_told;
void engines_tell(struct ctx *cx, struct engines_told *out);
