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

SHAPE(llm_sees, "Can anybody see?",
    FIELD(llm_sees, language, "BCP 47 tag of what will be said.", .format = &format_language));

SHAPE(llm_sight, "Who looks at pictures.",
    FIELD(llm_sight, engine, "Which engine.", .need = true),
    FIELD(llm_sight, model,  "Which model of it.", .need = true));

SHAPE(llm_picture, "A picture of a video.",
    FIELD(llm_picture, at_s, "Seconds from its start."),
    FIELD(llm_picture, size, "Bytes.", .min = 1, .max = 4 << 20));

SHAPE(llm_see, "Pictures of a video, to be described.",
    FIELD(llm_see, file,     "Blob key: JPEG images, one behind the other.", .need = true, .min = 1, .max = 200),
    LIST(llm_see, frames,    "In their order.", llm_picture, .max = 20),
    FIELD(llm_see, language, "BCP 47 tag of what is to be said.", .format = &format_language));

SHAPE(seen_picture, "What a picture shows.",
    FIELD(seen_picture, start, "Seconds from the start of the video."),
    FIELD(seen_picture, text,  "What it shows.", .max = 1 << 20));

SHAPE(llm_seen, "What pictures of a video show.",
    FIELD(llm_seen, answer,            "All of them together.", .need = true, .max = 1 << 20),
    FIELD(llm_seen, language,          "BCP 47 tag."),
    FIELD(llm_seen, engine,            "Which engine looked.", .need = true),
    FIELD(llm_seen, model,             "Which model of it."),
    LIST(llm_seen, segments,           "Each of them.", seen_picture, .max = 20),
    FIELD(llm_seen, prompt_tokens,     "Tokens read; null when the engine does not say."),
    FIELD(llm_seen, completion_tokens, "Tokens written; null when the engine does not say."),
    FIELD(llm_seen, cost_micro,        "Millionths of a US dollar; null when the price is unknown."));
