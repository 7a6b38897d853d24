/* Running palabrectl within a test: arguments in, exit status and what it wrote out. */
#pragma once

#include "ctl.h"
#include "app/jobs.h"
#include "test.h"

#define ALINE "aline@example.org"

struct told { int status; const char *out, *err; };

/* palabrectl with these words; `input` is its standard input, NULL: empty. */
struct told tell_with(struct ctx *cx, const char *input, const char *const *words);
#define TELL(...)               tell_with(cx, NULL, (const char *const[]){ __VA_ARGS__, NULL })
#define TELL_WITH(input, ...)   tell_with(cx, input, (const char *const[]){ __VA_ARGS__, NULL })

/* Skips without a database of a test run; else its tables are empty. */
void need_pg(struct ctx *cx);

/* One statement with at most two texts. */
void sql_do(struct ctx *cx, const char *text, const char *one, const char *two);
/* The first column of the first row; "" when there is none. */
const char *sql_text(struct ctx *cx, const char *text, const char *one);

/* A single job, or a flow of two steps (stt.transcribe, llm.answer) whose first has begun. Gives its id. */
const char *make_job(struct ctx *cx, const char *kind, const char *owner);
const char *make_flow(struct ctx *cx);
const char *step_of(struct ctx *cx, const char *root);
/* As if a worker had taken it and ended with this error. */
void fail_job(struct ctx *cx, const char *id, const char *state, const char *error, const char *text);
