#pragma once

#include "data/shape.h"

struct ask_in {
    const char *text, *question, *material, *language, *voice, *engine, *model;
    const char *audio;                  /* in the document: the recording of a multipart body */
    bool report, mute;
};
struct ask_ref  { const char *id; };
struct ask_made { const char *id, *job_id, *state, *events, *result; };

struct ask_step {
    const char *step, *state, *engine, *model, *error;
    int     attempt;
    int64_t ms, cost_micro;
};

struct ask {
    const char *id, *owner, *job_id, *state, *text, *question, *language, *answer, *error, *error_text, *audio, *report;
    int     percent;
    int64_t cost_micro;
    struct raw transcript;
    LIST_OF(struct ask_step) steps;
    struct when created_at, finished_at;
};

struct ask_row {                        /* a line of the list */
    const char *id, *job_id, *state, *text, *question, *language, *error;
    int         percent;
    int64_t     total;
    struct when created_at, finished_at;
};

struct asks_in   { int limit; const char *cursor; };
struct asks_page { LIST_OF(struct ask_row) data; bool has_more; const char *next_cursor; };

extern const struct shape ask_in_shape, ask_ref_shape, ask_made_shape, ask_step_shape, ask_shape, ask_row_shape, asks_in_shape,
    asks_page_shape;
