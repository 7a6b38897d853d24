/* The job core: accept, claim, heartbeat, finish, fail, cancel; see docs/ARCHITECTURE.md.
 * PostgreSQL is the truth; (id, attempt) is the fencing token of everything a worker writes. */
#pragma once

#include "data/shape.h"

/* LIVE: somebody waits. QUICK: work of milliseconds, claimed many at a time. BATCH: the rest; it leaves room for both. */
enum lane { LIVE, QUICK, BATCH, LANES };
extern const char *const lane_names[LANES];     /* "live", "quick", "batch" */
enum lane lane_named(const char *name);         /* LIVE when it is none of them */

#define LEASE_S        15                       /* renewed every third of it */
#define ATTEMPTS_MOST  5
#define ATTEMPTS_EVER  60                       /* with those that failed because the database, the disk ... was away: half an hour */

/* An effect that was begun in the commit that claimed its job. */
struct begun { const char *name; int64_t claimed_ms; bool used; };

/* A row of jobs. A single job is its own root. A flow is a root of kind "flow.*" in state waiting, whose
 * steps are jobs of their own, one at a time. */
struct job {
    const char *id, *root, *step;       /* step: its name in the flow, NULL outside */
    const char *kind;                   /* "<service>.<verb>" */
    const char *lane, *state, *owner, *worker, *trace;
    struct raw  input, result, steps, explain;
    const char *error, *error_text;
    int         attempt, attempts_most, percent, place;     /* place: 0-based, among the steps */
    struct when created_at, started_at, finished_at, run_after, due_at, deadline_at;
    const char *effect;                 /* begun with the claim */
    struct begun *begun;                /* the same, for effect_begin; NULL: none */
};
extern const struct shape job_shape;

/* One step of a flow; `takes` maps members of its input to "<step>.<member>" of results before it. `lane` NULL: the flow's. */
struct job_step { const char *step, *kind; struct raw input, takes; bool optional; const char *lane; };
extern const struct shape job_step_shape;

struct job_new {
    const char *id;                     /* made by the caller, so that domain rows can name it; NULL: made here */
    const char *kind, *owner, *trace;
    enum lane   lane;
    const char *input;                  /* JSON object */
    LIST_OF(struct job_step) steps;     /* a flow when there are any; `input` is then the root's own */
    int64_t     deadline_s;             /* 0: none */
};

/* A ticket to publish after the commit (relay_send); a row of the outbox keeps it until the broker has confirmed. */
struct ticket { int64_t outbox; const char *job_id, *kind, *lane, *trace; };
struct tickets { LIST_OF(struct ticket) tickets; };
extern const struct shape ticket_shape;

/* Accept: one statement writes the job (a flow's first step as well) and its ticket; the commit is the promise. Inside
 * cx's transaction when there is one: `out` is then filled at the latest by its commit. */
fallible job_put(struct ctx *cx, const struct job_new *n, struct ticket *out);
fallible job_find(struct ctx *cx, const char *id, struct job *out, bool *found);
/* The steps of a flow, or the single job itself. */
struct jobs { LIST_OF(struct job) jobs; };
fallible job_steps(struct ctx *cx, const struct job *root, struct jobs *out);
bool job_has_ended(const struct job *j);
/* What people say and get is sealed in the rows of a job (persons.h), by who accepts it and who ends it; this opens its input
 * and its result, for those who read them. */
fallible job_open(struct ctx *cx, const char *owner, struct job *j);

/* Key of a file of a flow, "jobs/3f/<root>-<name>": in one of 256 directories, by the random end of the id. One for each flow
 * would be a directory more to make durable with nearly every file. */
const char *job_file(struct ctx *cx, const char *root, const char *name);
/* The same for what an attempt of cx->job makes, "<name>-<attempt>.<ending>": one that was fenced off cannot write over its
 * successor's. `name` NULL: its step. */
const char *job_made_file(struct ctx *cx, const char *name, const char *ending);

/* End it for good, with its flow. JOB_UNKNOWN; JOB_ENDED. */
fallible job_cancel(struct ctx *cx, const char *id);
/* Several, each with its flow, within the transaction of cx; `out`: what was ended. What is over already is passed over. `missed`: a step
 * came meanwhile, all is to be undone and tried anew, CANCEL_TRIES times at most. */
#define CANCEL_TRIES   10
fallible jobs_stop(struct ctx *cx, const char *const *ids, size_t n, struct jobs *out, bool *missed);
/* Queue again what failed, expired, was cancelled or is unknown (else JOB_RUNNING): attempts start anew; a flow goes
 * on at the step that failed. JOB_UNKNOWN. */
fallible job_retry(struct ctx *cx, const char *id, struct ticket *out);

/* --- what only workers and the scheduler call --- */

/* Claim what is claimable of n ids; the rest of them needs nothing more (ended, not due, or held by a live worker).
 * `worker` names this process and is the key of its life lock. `again`: ids whose tickets were redelivered, taken over
 * at once when their worker is gone. */
fallible jobs_claim(struct ctx *cx, const char *worker, const char *const *ids, size_t n, struct jobs *out);
/* The same, and begin the effect that the first attempt of a kind is sure to begin first, an EFFECT_KEYED one: a commit less
 * before the world is asked. effect_begin finds it; a job that ends without having used it says so (job_end.unused). */
struct first_effects { const char *const *kinds, *const *names; size_t n; };
fallible jobs_claim_begin(struct ctx *cx, const char *worker, const char *const *ids, size_t n, const struct first_effects *first, struct jobs *out);
fallible jobs_take_over(struct ctx *cx, const char *worker, const char *const *ids, size_t n, struct jobs *out);
/* The session of cx (pg_hold) holds the life lock of `worker` from now on. */
fallible jobs_live(struct ctx *cx, const char *worker);

/* Renew the leases of n jobs; kept[i] false: fenced off, cancelled or expired: stop working on it. */
fallible jobs_renew(struct ctx *cx, const struct job *const *jobs, const int *percents, size_t n, bool *kept);

struct effect_end { const char *name, *result; int64_t cost_micro; };    /* name NULL: none */

struct job_end {
    const struct job *job;
    struct effect_end effect;           /* of this attempt, ended in the same commit */
    const char *unused;                 /* the effect begun with the claim that was not needed, or NULL */
    const char *result;                 /* JSON object, when it succeeded */
    err_t error;                        /* or why not; retried by its class */
    const char *explain;                /* JSON array, or NULL */
    bool  done;                         /* out: it was written; false: fenced off */
    const char *state;                  /* out: the state it got; "queued": it will be tried again */
    const char *root_state;             /* out: of its flow, or its own */
    struct ticket next;                 /* out: of the next step; outbox 0: none */
};
/* Finish n succeeded jobs in one commit, with the next steps of their flows. */
fallible jobs_succeed(struct ctx *cx, struct job_end *ends, size_t n);
/* End one attempt that failed. */
fallible job_fail(struct ctx *cx, struct job_end *end);

/* Hand leases back unused, at a drain: queued again, the attempt not counted. */
fallible jobs_release(struct ctx *cx, const struct job *const *jobs, size_t n, struct tickets *out);

/* The scheduler's look at what is due, at most `most` rows; what that means for flows is done as well. Each row as an
 * end: its state now, its flow's, and the ticket to send (its own anew, or of the next step). */
struct job_ends { LIST_OF(struct job_end) ends; };
fallible jobs_due(struct ctx *cx, int most, struct job_ends *out);

/* Delay before attempt `attempt` + 1: full jitter over an exponential, 0.5 s base, 60 s cap, never
 * before what the other side asked for. Work that has a schedule of its own says so with its error (retry_in_ms). */
int64_t job_backoff_ms(int attempt, int64_t retry_after_ms);
