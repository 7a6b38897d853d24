/* What the language-model worker is asked and gives. The same members stand in llm.proto. */
#pragma once

#include "data/shape.h"

/* llm.answer: answer `text` (what was said or typed), or do with it what `question` says, from `material`. */
struct llm_answer { const char *text, *question, *material, *language, *engine, *model; };

struct answer {
    const char *answer, *language, *engine, *model;
    int64_t     prompt_tokens, completion_tokens;   /* LONG_NONE: the engine does not say */
    int64_t     cost_micro;                         /* millionths of a dollar; LONG_NONE: unknown */
};

extern const struct shape llm_answer_shape, answer_shape;
