/* Rows of the job core's statements, for its own files. */
#pragma once

#include "app/jobs.h"
#include "net/pg.h"

struct flow_turn { const char *root, *state, *job_id, *kind, *lane, *trace; int64_t ticket; };
struct flow_turns { LIST_OF(struct flow_turn) turns; };

struct due_row { const char *id, *root, *step, *kind, *lane, *state, *error, *trace; int place; int64_t ticket; };
struct due_rows { LIST_OF(struct due_row) rows; };

extern const struct shape flow_turn_shape, due_row_shape;

/* jobs_accept.c: a single job, in one commit with those that come at the same time. */
fallible job_put_grouped(struct ctx *cx, const struct job_new *n, struct ticket *out);
