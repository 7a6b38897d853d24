/* What the commands tell: rows of ctl's statements, printed as tables or as JSON. */
#pragma once

#include "data/password_rules.h"

struct account { const char *id, *email, *name, *role, *plan; bool enabled; struct when created_at; };
struct accounts { LIST_OF(struct account) rows; };

struct job_row {
    const char *id, *root, *step, *kind, *lane, *state, *owner, *error, *error_text;
    int attempt, attempts_most, percent;
    struct when created_at, started_at, finished_at, run_after;
};
struct job_rows { LIST_OF(struct job_row) rows; };

struct job_whole {
    const char *id, *root, *step, *kind, *lane, *state, *owner, *worker, *error, *error_text, *trace;
    int place, attempt, attempts_most, percent;
    struct raw input, result;
    struct when created_at, started_at, finished_at, run_after, lease_until, look_at, deadline_at;
};
struct job_effect {
    const char *job_id, *step, *name, *state, *error;
    int attempt;
    int64_t cost_micro;
    struct when begun_at, ended_at;
};
struct job_reason { const char *job_id, *step; struct raw why; };
struct job_told {
    struct job_whole job;
    LIST_OF(struct job_whole) steps;
    LIST_OF(struct job_effect) effects;
    LIST_OF(struct job_reason) explain;
};

struct dead_job {
    const char *id, *kind, *failed_kind, *state, *error, *error_text, *owner;
    int attempt;
    struct when created_at, finished_at;
};
struct dead_jobs { LIST_OF(struct dead_job) rows; };

struct job_count { const char *service, *lane, *state; int64_t jobs, oldest_s; };
struct job_counts { LIST_OF(struct job_count) rows; };

struct job_event_told { int64_t number; const char *type; struct raw data; };

struct reach { const char *name, *state; int64_t ms; const char *says; };

extern const struct shape account_shape, job_row_shape, job_whole_shape, job_effect_shape, job_reason_shape, job_told_shape,
    dead_job_shape, job_count_shape, job_event_told_shape, reach_shape, password_owner_shape;
