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

SHAPE(llm_process, "What to do with a text.",
    FIELD(llm_process, text,     "The text.", .need = true, .max = 4 << 20),
    FIELD(llm_process, task,     "correct_spelling, translate, summarize ...: services/llm/works.c has them.", .need = true, .max = 40),
    FIELD(llm_process, language, "BCP 47 tag of what is written; the text's own language when absent.", .format = &format_language),
    FIELD(llm_process, engine,   "The engine wanted; the declared order when absent.", .max = 40),
    FIELD(llm_process, model,    "The model wanted; the engine's default when absent.", .max = 120));

SHAPE(spoken, "A part of what was said.",
    FIELD(spoken, text,  "What was said.", .max = 1 << 20),
    FIELD(spoken, start, "Seconds."),
    FIELD(spoken, end,   "Seconds."));

SHAPE(llm_section, "A chapter that its author made.",
    FIELD(llm_section, title,   "Its title.", .max = 4096),
    FIELD(llm_section, start_s, "Seconds."),
    FIELD(llm_section, end_s,   "Seconds."));

SHAPE(llm_chapters, "What to cut into chapters.",
    FIELD(llm_chapters, language, "BCP 47 tag of titles and summaries; the text's own language when absent.", .format = &format_language),
    FIELD(llm_chapters, engine,   "The engine wanted; the declared order when absent.", .max = 40),
    LIST(llm_chapters, segments,  "What was said, in order.", spoken, .max = 100000),
    LIST(llm_chapters, sections,  "Chapters that are given; none: by subject.", llm_section, .max = 10000));

SHAPE(chapter, "A chapter.",
    FIELD(chapter, title,   "Its title.", .max = 4096),
    FIELD(chapter, text,    "What is said in it.", .max = 4 << 20),
    FIELD(chapter, summary, "The same in short.", .max = 1 << 20),
    FIELD(chapter, start_s, "Seconds."),
    FIELD(chapter, end_s,   "Seconds."));

SHAPE(chapters, "Chapters, and who worded them.",
    LIST(chapters, sections,           "The chapters.", chapter),
    FIELD(chapters, summary,           "The whole in short.", .max = 1 << 20),
    FIELD(chapters, language,          "BCP 47 tag of titles and summaries."),
    FIELD(chapters, engine,            "Which engine worded them.", .need = true),
    FIELD(chapters, model,             "Which model of it."),
    FIELD(chapters, prompt_tokens,     "Tokens read; null when the engine does not say."),
    FIELD(chapters, completion_tokens, "Tokens written; null when the engine does not say."),
    FIELD(chapters, cost_micro,        "Millionths of a US dollar; null when the price is unknown."));

SHAPE(llm_keywords, "Of what to find the phrases that it comes back to.",
    FIELD(llm_keywords, text,     "The text.", .need = true, .max = 4 << 20),
    FIELD(llm_keywords, language, "BCP 47 tag of it; guessed when absent.", .format = &format_language),
    FIELD(llm_keywords, most,     "How many at most.", .min = 1, .max = 100));

SHAPE(keyword, "A phrase of a text.",
    FIELD(keyword, keyword, "As it stands there first."),
    FIELD(keyword, count,   "How often, in all its inflections."),
    FIELD(keyword, score,   "0 to 1: its weight beside that of the first."));

SHAPE(keywords, "The phrases that a text comes back to, the weightiest first.",
    LIST(keywords, keywords,  "They.", keyword),
    FIELD(keywords, language, "BCP 47 tag of the text."),
    FIELD(keywords, engine,   "What counted them.", .need = true));

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
