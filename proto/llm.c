#include "proto/llm.h"

SHAPE(llm_answer, "What to answer, and from what.",
    FIELD(llm_answer, text,     "What was said or typed.", .max = 4 << 20),
    FIELD(llm_answer, question, "What to do with it; by default answer what is asked, or else digest what is said.", .max = 20000),
    FIELD(llm_answer, material, "Text to answer from.", .max = 4 << 20),
    FIELD(llm_answer, language, "BCP 47 tag of the answer; the text's own language when absent.", .format = &format_language),
    FIELD(llm_answer, engine,   "The engine wanted; the declared order when absent.", .max = 40),
    FIELD(llm_answer, model,    "The model wanted; the engine's default when absent.", .max = 120));

SHAPE(answer, "An answer, and what it took.",
    FIELD(answer, answer,            "The text, Markdown allowed.", .need = true, .max = 4 << 20),
    FIELD(answer, language,          "BCP 47 tag of the answer."),
    FIELD(answer, engine,            "Which engine answered.", .need = true),
    FIELD(answer, model,             "Which model of it."),
    FIELD(answer, prompt_tokens,     "Tokens read; null when the engine does not say."),
    FIELD(answer, completion_tokens, "Tokens written; null when the engine does not say."),
    FIELD(answer, cost_micro,        "Millionths of a US dollar; null when the price is unknown."));
