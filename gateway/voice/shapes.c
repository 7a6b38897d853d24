#include "voice/shapes.h"

SHAPE(ask_in, "A question: typed, or a recording of it.",
    FIELD(ask_in, text,     "The question, typed; or audio.", .max = 100000),
    FIELD(ask_in, audio,    "The recording (multipart), any sound or video that ffmpeg reads."),
    FIELD(ask_in, question, "What to do with the text or recording; by default answer what is asked, or else digest what is said.", .max = 20000),
    FIELD(ask_in, material, "Text to answer from; in a multipart body it may be a text file.", .max = 4 << 20),
    FIELD(ask_in, language, "BCP 47 tag of what is spoken and answered; detected when absent.", .format = &format_language),
    FIELD(ask_in, voice,    "Voice of the spoken reply.", .max = 80),
    FIELD(ask_in, engine,   "The language engine wanted; the operator's order when absent.", .max = 40),
    FIELD(ask_in, model,    "Its model.", .max = 120),
    FIELD(ask_in, report,   "Write a PDF report as well."),
    FIELD(ask_in, mute,     "No spoken reply."));

SHAPE(ask_ref, "Names a question.", FIELD(ask_ref, id, "Its id.", .need = true, .format = &format_uuid));

SHAPE(ask_made, "An accepted question.",
    FIELD(ask_made, id,     "Its id.", .need = true),
    FIELD(ask_made, job_id, "Its job.", .need = true),
    FIELD(ask_made, state,  "queued", .need = true),
    FIELD(ask_made, events, "Where to follow it."),
    FIELD(ask_made, result, "Where to read it."));

SHAPE(ask_step, "One worker's part.",
    FIELD(ask_step, step,       "audio, stt, llm, tts or document.", .need = true),
    FIELD(ask_step, state,      "Where it stands.", .need = true),
    FIELD(ask_step, engine,     "Which engine did it."),
    FIELD(ask_step, model,      "Which model or voice of it."),
    FIELD(ask_step, error,      "Why it failed, or failed last."),
    FIELD(ask_step, attempt,    "How often it was taken."),
    FIELD(ask_step, ms,         "Milliseconds it took; null: not ended."),
    FIELD(ask_step, cost_micro, "Millionths of a US dollar; null: unknown, or nothing to pay."));

SHAPE(ask, "A question and its answer.",
    FIELD(ask, id,          "Its id.", .need = true),
    FIELD(ask, owner,       "Whose it is.", .hidden = true),
    FIELD(ask, job_id,      "Its job.", .need = true),
    FIELD(ask, state,       "Where it stands.", .need = true),
    FIELD(ask, percent,     "How much is done."),
    FIELD(ask, text,        "What was typed."),
    FIELD(ask, question,    "What was to be done with it."),
    FIELD(ask, language,    "As asked, or as heard."),
    FIELD(ask, transcript,  "What was said: text, words with start, end and confidence, language."),
    FIELD(ask, answer,      "The answer."),
    FIELD(ask, error,       "Why there is none."),
    FIELD(ask, error_text,  "The same in words."),
    FIELD(ask, audio,       "Where the spoken reply is."),
    FIELD(ask, report,      "Where the PDF is."),
    FIELD(ask, cost_micro,  "Sum of the known costs, millionths of a US dollar."),
    LIST(ask, steps,        "Who did what, with which engine, how long, at which price.", ask_step),
    FIELD(ask, created_at,  "When it was accepted."),
    FIELD(ask, finished_at, "When it ended."));

SHAPE(ask_row, "A question in brief.",
    FIELD(ask_row, id,          "Its id.", .need = true),
    FIELD(ask_row, job_id,      "Its job.", .need = true),
    FIELD(ask_row, state,       "Where it stands.", .need = true),
    FIELD(ask_row, percent,     "How much is done."),
    FIELD(ask_row, text,        "What was typed."),
    FIELD(ask_row, question,    "What was to be done with it."),
    FIELD(ask_row, language,    "As asked."),
    FIELD(ask_row, error,       "Why there is no answer."),
    FIELD(ask_row, created_at,  "When it was accepted."),
    FIELD(ask_row, finished_at, "When it ended."),
    FIELD(ask_row, total,       "How many there are.", .hidden = true));

SHAPE(asks_in, "Which page.",
    FIELD(asks_in, limit,  "How many, 1 to 100; 20 when absent.", .min = 1, .max = 100),
    FIELD(asks_in, cursor, "next_cursor of the page before.", .format = &format_uuid));

SHAPE(asks_page, "A page of questions, newest first. Without limit and cursor the list comes bare.",
    LIST(asks_page, data,          "The questions.", ask_row),
    FIELD(asks_page, has_more,     "There are older ones."),
    FIELD(asks_page, next_cursor,  "For the next page."));
