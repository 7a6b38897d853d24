/* worker_main: a worker daemon is a table of the kinds it does, and its limits. */
#pragma once

#include "app/daemon.h"
#include "app/handler.h"
#include "app/jobs.h"

struct job_kind {
    const char *kind;               /* "stt.transcribe" */
    const struct handler *handler;
    int64_t deadline_s;             /* of one attempt; 0: none */
    bool quiet;                     /* no events: probes */
    const char *(*first_effect)(struct ctx *cx);    /* name of the effect that it is sure to begin first, an EFFECT_KEYED one, asked
                                     * once at the start; NULL, or gives NULL: none. It is begun with the claim */
};

/* An engine as its worker would use it now, for programs that ask: `--engines` writes each as a line of JSON. */
struct engine_told { const char *service, *engine; bool able; const char *why, *languages; };
struct engines_told { LIST_OF(struct engine_told) engines; };
extern const struct shape engine_told_shape;

struct worker_plan {
    struct daemon_plan daemon;
    const struct job_kind *kinds;
    size_t kinds_n;
    int executors;                  /* default; WORKER_EXECUTORS overrides. Batch work leaves one of several to live work */
    void (*idle)(struct daemon *d); /* called about once a second while nothing runs; NULL: none */
    void (*engines)(struct ctx *cx, struct engines_told *out);      /* for --engines; NULL: it has none */
};

#define CANCEL_CHANNEL "ctl:cancel"     /* Redis channel; the message is the root's id */

int worker_main(int argc, char **argv, const struct worker_plan *plan);

/* For handlers: progress of cx->job (0..100), on the event stream and with the next heartbeat. */
void job_progress(struct ctx *cx, int percent);
/* The line of the log with which the work on a transcription begins, at each attempt. NULL: the job begins none. */
void job_begins(struct ctx *cx, const char *transcription);
/* An event on the job's topic; `json` is an object. */
void job_event(struct ctx *cx, const char *type, const char *json);
/* effect_end within the commit that ends cx->job: for the last effect of a handler that returns at once, and of EFFECT_KEYED
 * only, since a worker that dies before leaves it begun and it is repeated by its key. */
struct effect;
fallible job_effect_end(struct ctx *cx, const struct effect *e, const char *result, int64_t cost_micro);
/* A line of /explain: why this engine, route, price. Kept with the job's events and in its result. */
void job_explain(struct ctx *cx, const char *json);
