#include "assistant/assistant.h"

#define TASKS WORDS("correct_spelling", "add_punctuation", "format_paragraphs", "improve_quality", "format_text", "translate", "summarize")

SHAPE(process_in, "What is to be done with a text.",
    FIELD(process_in, text,     "The text.", .need = true, .min = 1, .max = 100000),
    FIELD(process_in, task,     "improve_quality when absent. The embedded engine extract can summarize; the others need a language model.", .one_of = TASKS),
    FIELD(process_in, provider, "auto: the operator's order; or the name of an engine, openai or extract.", .max = 40),
    FIELD(process_in, language, "BCP 47 tag of what is to be written, which translate needs; auto: the text's own.", .max = 35));

SHAPE(process_out, "What became of it.",
    FIELD(process_out, original_text,  "As it was sent.", .need = true, .max = 100000),
    FIELD(process_out, processed_text, "As it is now; null: not yet.", .nullable = true, .max = 4 << 20),
    FIELD(process_out, provider_used,  "Which engine did it.", .nullable = true),
    FIELD(process_out, task_performed, "What was done.", .need = true),
    FIELD(process_out, improvements,   "What is measured to be different, in words; nothing: nothing is."),
    FIELD(process_out, language,       "BCP 47 tag of what is written.", .nullable = true),
    FIELD(process_out, job_id,         "Its job.", .need = true),
    FIELD(process_out, status,         "Where that stands.", .need = true));
