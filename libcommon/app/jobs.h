/* The job core: accept, claim, heartbeat, finish, fail, cancel; see docs/ARCHITECTURE.md.
 * PostgreSQL is the truth; (id, attempt) is the fencing token of everything a worker writes. */
#pragma once

#include "data/shape.h"

enum lane { LIVE, BATCH };
extern const char *const lane_names[];          /* "live", "batch" */

#define LEASE_S        15                       /* renewed every third of it */
#define ATTEMPTS_MOST  5

/* A row of jobs. A single job is its own root. A flow is a root of kind "flow.*" in state waiting, whose
 * steps are jobs of their own, one at a time. */
struct job {
    const char *id, *root, *step;       /* step: its name in the flow, NULL outside */
    const char *kind;                   /* "<service>.<verb>" */
    const char *lane, *state, *owner, *worker, *trace;
    struct raw  input, result, steps;
    const char *error, *error_text;
    int         attempt, attempts_most, percent, place;     /* place: 0-based, among the steps */
    struct when created_at, started_at, finished_at, run_after, due_at, deadline_at;
};
extern const struct shape job_shape;

/* One step of a flow; `takes` maps members of its input to "<step>.<member>" of results before it. */
struct job_step { const char *step, *kind; struct raw input, takes; bool optional; };
extern const struct shape job_step_shape;

struct job_new {
    const char *id;                     /* made by the caller, so that domain rows can name it; NULL: made here */
    const char *kind, *owner, *trace;
    enum lane   lane;
    const char *input;                  /* JSON object */
    LIST_OF(struct job_step) steps;     /* a flow when there are any; `input` is then the root's own */
    int64_t     deadline_s;             /* 0: none */
};

/* Accept: one statement writes the job (a flow's first step as well) and its ticket. Inside cx's
 * transaction when there is one; the commit is the promise. After it, relay_wake. */
fallible job_put(struct ctx *cx, const struct job_new *n, const char **id);
fallible job_find(struct ctx *cx, const char *id, struct job *out, bool *found);

/* End it for good unless it has ended (JOB_ENDED); a flow ends with its steps. */
fallible job_cancel(struct ctx *cx, const char *id, struct job *out);
/* Queue again what failed, expired, was cancelled or is unknown (else JOB_RUNNING): attempts start anew;
 * a flow goes on at the step that failed. */
fallible job_retry(struct ctx *cx, const char *id, struct job *out);

/* --- what only workers and the scheduler call --- */

struct ticket { const char *id; const char *trace; bool again; };

/* Claim what is claimable of n tickets; the rest of them needs nothing more (ended, not due, or held
 * by a live worker). `worker` names this process and is the key of its life lock. */
fallible jobs_claim(struct ctx *cx, const char *worker, const struct ticket *t, size_t n, void *list_of_job);

/* Renew the leases of n jobs; kept[i] false: fenced off, cancelled or expired: stop working on it. */
fallible jobs_renew(struct ctx *cx, const struct job *const *jobs, const int *percents, size_t n, bool *kept);

struct job_end {
    const struct job *job;
    const char *result;                 /* JSON object, when it succeeded */
    err_t error;                        /* or why not; retried by its class */
    bool  done;                         /* out: it was written; false: fenced off */
    const char *state;                  /* out: the state it got */
};
/* Finish or fail n jobs in one transaction, with the next steps of their flows and their tickets. */
fallible jobs_finish(struct ctx *cx, struct job_end *ends, size_t n);

/* Hand a lease back unused, at a drain: queued again, the attempt not counted. */
fallible jobs_release(struct ctx *cx, const struct job *const *jobs, size_t n);

/* Delay before attempt `attempt` + 1: full jitter over an exponential, 0.5 s base, 60 s cap, never
 * before what the other side asked for. */
int64_t job_backoff_ms(int attempt, int64_t retry_after_ms);
