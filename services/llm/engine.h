/* What any engine that answers can be asked. One file per provider under engines/, one table each. */
#pragma once

#include "proto/llm.h"
#include "telling.h"
#include "works.h"

/* A part of a text that is told in parts. */
struct part { const char *title, *text; };      /* title: its author's; NULL: none */

/* What is asked, with the language and the model settled. */
struct task {
    const char *text, *question, *material, *language, *model;
    const struct work *work;            /* to be done with the text, instead of answering it; NULL: answer */
    const struct part *parts;           /* of work_chapters: the text in parts */
    size_t             parts_n;
};

struct engine {
    const char *name;
    const char *effect;                                     /* the EFFECT_KEYED one that answering begins first; NULL: none */
    const char *(*model)(const struct ctx *cx);             /* its default */
    bool        (*has_model)(const char *model);            /* NULL: it may have any */
    bool        (*can)(const struct work *work);            /* NULL: it can do any */
    err_t       (*ready)(struct ctx *cx);                   /* ENGINE_DISABLED, with what is missing; NULL: always ready */
    /* Tells the answer as it comes; `out` gets model, tokens and cost. ENGINE_*, TIMEOUT, cx's own errors. */
    err_t       (*answer)(struct ctx *cx, const struct task *task, struct telling *t, struct answer *out);
};

#define ENGINES_MOST 8

extern const struct engine engine_openai, engine_extract;

/* What an engine must be. */
struct wanted { const char *engine, *model; const struct work *work; };         /* NULL: any; whatever; an answer */

/* The engines that can do it, in the declared order. ENGINE_REFUSED: there is no such engine, none has the model, or none that is
 * ready can do the work; ENGINE_DISABLED: none is ready. The job's explanation tells why engines are left out. */
struct engines { const struct engine *at[ENGINES_MOST]; size_t n; };
fallible engines_choose(struct ctx *cx, const struct wanted *wanted, struct engines *out);
/* The first of them that answers; `model` NULL: each engine's own. What engines fail with; cx's own errors. */
fallible engines_ask(struct ctx *cx, const struct engines *able, struct task *task, const char *model, struct answer *out);

/* The effect that a question begins unless it asks for another engine: of the first engine in the declared order that is ready. */
const char *engines_first_effect(struct ctx *cx);

/* By name; NULL: there is none. */
const struct engine *engine_named(const char *name, size_t len);
/* Each of LLM_ENGINES and whether it can work, for --engines. */
struct engines_told;
void engines_tell(struct ctx *cx, struct engines_told *out);
