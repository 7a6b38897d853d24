/* Rows of the job core's statements, for its own files. */
#pragma once

#include "app/jobs.h"
#include "net/pg.h"

struct outbox_row { int64_t id; const char *job_id, *kind, *lane, *trace; };
struct outbox_rows { LIST_OF(struct outbox_row) rows; };
struct flow_turn { const char *root, *state, *job_id, *kind, *lane, *trace; int64_t ticket; };
struct flow_turns { LIST_OF(struct flow_turn) turns; };

struct due_row { const char *id, *root, *step, *kind, *lane, *state, *error, *trace; int place; int64_t ticket; };
struct due_rows { LIST_OF(struct due_row) rows; };

extern const struct shape outbox_row_shape, flow_turn_shape, due_row_shape;

struct ticket ticket_of(const struct outbox_row *r);

/* jobs_accept.c: a single job, in one commit with those that come at the same time. */
fallible job_put_grouped(struct ctx *cx, const struct job_new *n, struct ticket *out);
