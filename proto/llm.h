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

/* llm.process: do with `text` what `task` names. Gives an answer. */
struct llm_process { const char *text, *task, *language, *engine, *model; };

/* llm.chapters: cut what was said where it turns to something else, or as `sections` says where it has any; title and sum up each part. */
struct spoken   { const char *text; double start, end; };
struct llm_section { const char *title; double start_s, end_s; };
struct llm_chapters {
    const char *language, *engine;
    LIST_OF(struct spoken)      segments;
    LIST_OF(struct llm_section) sections;
};

struct chapter { const char *title, *text, *summary; double start_s, end_s; };
struct chapters {
    LIST_OF(struct chapter) sections;
    const char *summary, *language, *engine, *model;    /* of the whole; who worded it */
    int64_t     prompt_tokens, completion_tokens, cost_micro;
};

/* llm.keywords: the phrases that a text comes back to. */
struct llm_keywords { const char *text, *language; int most; };
struct keyword  { const char *keyword; int count; double score; };
struct keywords { LIST_OF(struct keyword) keywords; const char *language, *engine; };

/* llm.sees: which model would look at pictures; asked before there are any. */
struct llm_sees  { const char *language; };
struct llm_sight { const char *engine, *model; };

/* llm.see: say what pictures of a video show, and what they show together. */
struct llm_picture { double at_s; int64_t size; };
struct llm_see {
    const char *file;                   /* blob key: JPEG images, one behind the other */
    LIST_OF(struct llm_picture) frames;
    const char *language;
};

struct seen_picture { double start; const char *text; };
struct llm_seen {
    const char *answer, *language, *engine, *model;     /* answer: of all of them */
    LIST_OF(struct seen_picture) segments;
    int64_t prompt_tokens, completion_tokens, cost_micro;       /* of all calls; LONG_NONE: one of them does not say */
};

extern const struct shape llm_answer_shape, answer_shape, llm_process_shape, spoken_shape, llm_section_shape, llm_chapters_shape, chapter_shape, chapters_shape,
    llm_keywords_shape, keyword_shape, keywords_shape;
extern const struct shape llm_sees_shape, llm_sight_shape, llm_picture_shape, llm_see_shape, seen_picture_shape, llm_seen_shape;
