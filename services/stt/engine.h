/* What any speech-to-text provider can be asked. One file per provider under engines/, one table each. */
#pragma once

#include "recording.h"
#include "proto/stt.h"

/* A piece of a recording in memory, or all of one on disk. */
struct hearing {
    struct sound sound;
    const struct recording *whole;      /* then `sound` is empty: of engines that take it (whole_s) */
    const char *language, *prompt, *source;
    const char *key;                    /* the same for every attempt: the provider's idempotency key; NULL outside a job */
    const char *name;                   /* of its effect in the ledger; those of its parts begin with it */
    bool diarize;
    /* given by the engine, whatever comes of it: */
    bool paid;                          /* the provider may have been paid: to wait for it beats asking another */
    const char *held;                   /* what the provider calls what it keeps of us, for forget; NULL: nothing */
};

#define ENGINES_MOST 8

struct engine {
    const char *name;
    bool        bare_words;             /* it writes no punctuation: its words are the text */
    bool        tells_speakers;         /* apart, when hearing.diarize asks for it */
    double      whole_s;                /* the longest recording it takes at once, read from disk; 0: pieces only */
    const char *const *languages;       /* primary subtags, NULL-ended; NULL: any, detected when not said */
    const char *(*model)(const struct ctx *cx);
    /* ENGINE_DISABLED, with what is missing; NULL: always ready. */
    err_t (*ready)(struct ctx *cx);
    /* It needs no recording, since a setting has it answer with an invented text; NULL: never. */
    bool  (*mocks)(const struct ctx *cx);
    /* The words of a piece, seconds from its start; text "" when nothing is said. ENGINE_*, TIMEOUT, or cx's own
     * errors; BODY_TOO_LARGE: of a whole recording only, which it may hear in pieces. */
    err_t (*transcribe)(struct ctx *cx, struct hearing *h, struct transcript *out);
    /* The provider drops what it keeps of a hearing that is kept here or not wanted any more; NULL: it keeps nothing. */
    err_t (*forget)(struct ctx *cx, const struct hearing *h);
    /* Gives memory back after idle_s seconds without work; NULL: it holds none. */
    void  (*rest)(int idle_s);
};

extern const struct engine engine_assemblyai, engine_deepgram, engine_openai, engine_pocketsphinx;

/* The engines that can do `in`, in the declared order. ENGINE_REFUSED: it wants one that does not exist;
 * ENGINE_DISABLED: none is ready; LANGUAGE_REFUSED: none that is ready hears the language; INPUT_INVALID: without a
 * recording, and no engine that needs none. The job's explanation tells why engines are left out. */
struct engines { const struct engine *at[ENGINES_MOST]; size_t n; };
fallible engines_choose(struct ctx *cx, const struct stt_transcribe *in, struct engines *out);

/* Worker's idle hook: every engine may rest. */
void engines_rest(struct daemon *d);

/* By name; NULL: there is none. */
const struct engine *engine_named(const char *name, size_t len);
/* Each of STT_ENGINES and whether it can work, for --engines. */
struct engines_told;
void engines_tell(struct ctx *cx, struct engines_told *out);
