/* Handlers and shapes of the ops area. */
#pragma once

#include "http/exchange.h"

struct job_ref   { const char *id; };
struct events_in { const char *id; int64_t last_event_id; };
struct asset     { const char *name; };
struct greeting  { const char *message, *version, *docs, *health; };
struct health    { const char *status, *service, *version, *app_name, *environment; struct raw dependencies; };
struct neighbour { const char *status; double latency_ms; };
struct neighbour_view { struct neighbour postgres, redis; };
struct checks    { const char *postgres, *redis, *rabbitmq, *blobs; };
struct readiness { const char *status, *service, *version, *lacks; struct checks checks; };     /* health_ready writes it */
struct job_in    { const char *kind, *service, *lane, *text, *voice, *format, *language; };
struct job_made  { const char *job_id, *status; };

struct effect_view { const char *name, *state, *error; int attempt; int64_t cost_micro; struct when begun_at, ended_at; };
struct step_view {
    const char *job_id, *step, *kind, *queue, *state, *error, *error_text, *worker;
    int attempt, attempts_most;
    int64_t waited_ms, ran_ms;
    struct when run_after;
    struct raw why;
    LIST_OF(struct effect_view) effects;
};
struct explanation { const char *id, *kind, *state, *lane; LIST_OF(struct step_view) steps; };

extern const struct shape job_ref_shape, events_in_shape, asset_shape, greeting_shape, health_shape, neighbour_shape, neighbour_view_shape, checks_shape, readiness_shape,
    job_in_shape, job_made_shape, effect_view_shape, step_view_shape, explanation_shape;
extern const struct handler job_create, job_get, job_cancel_post, job_retry_post, job_explain_get, audit_verify_get,
    audit_proof_get, audit_growth_get;

err_t root_get(struct ctx *cx, struct exchange *x, const void *in);
err_t health_get(struct ctx *cx, struct exchange *x, const void *in);
err_t live_get(struct ctx *cx, struct exchange *x, const void *in);
err_t ready_get(struct ctx *cx, struct exchange *x, const void *in);
err_t openapi_get(struct ctx *cx, struct exchange *x, const void *in);
err_t docs_get(struct ctx *cx, struct exchange *x, const void *in);
err_t redoc_get(struct ctx *cx, struct exchange *x, const void *in);
err_t asset_get(struct ctx *cx, struct exchange *x, const void *in);
err_t errors_get(struct ctx *cx, struct exchange *x, const void *in);
err_t job_events(struct ctx *cx, struct exchange *x, const void *in);
err_t audit_list(struct ctx *cx, struct exchange *x, const void *in);
err_t audit_points(struct ctx *cx, struct exchange *x, const void *in);

/* A job of the caller, or JOB_UNKNOWN. */
fallible job_of_caller(struct ctx *cx, const char *id, struct job *out);
/* Wait until it has ended, so long at most; *job is as it is then. */
fallible job_wait(struct ctx *cx, struct exchange *x, struct job *job, int64_t wait_ms);
/* Tell workers and those who follow that a flow was cancelled. */
void job_tell_cancel(struct ctx *cx, const char *root);
/* Answer with the events of a job, behind the last one that the request names. */
fallible job_follow(struct ctx *cx, struct exchange *x, const struct job *job);
