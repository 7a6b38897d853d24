/* What the commands take. */
#pragma once

#include "data/shape.h"

struct users_list_in { int limit; const char *before, *role; bool json; };
struct user_create_in { const char *email, *name, *role, *plan; };
struct user_role_in { const char *email, *role; };
struct user_plan_in { const char *email, *plan; };
struct user_in { const char *email; };

struct jobs_list_in { const char *state, *kind, *owner; bool roots; int limit; const char *before; bool json; };
struct job_show_in { const char *id; bool data, json; };
struct jobs_retry_in { struct texts ids; bool dead; const char *error, *kind; bool unknown; int limit; bool dry_run; };
struct jobs_cancel_in { struct texts ids; };
struct jobs_dead_in { const char *error, *kind; int limit; bool json; };
struct jobs_counts_in { bool json; };
struct job_watch_in { const char *id; bool json; };

struct audit_verify_in { const char *offline, *witness, *public_keys; int64_t from, to; bool json; };
struct audit_export_in { int64_t from, to; bool personal; };
struct audit_points_in { int64_t from; int limit; bool json; };
struct audit_proof_in { const char *seq; int64_t size; };
struct audit_keygen_in { const char *file; };
struct audit_retire_in { const char *before; bool dry_run; };

struct engines_in { bool json; };
struct config_in { const char *service; bool json; };
struct check_in { bool json; };
struct keys_in { bool json; };
struct retention_in { int days; bool dry_run, json; };

extern const struct shape users_list_in_shape, user_create_in_shape, user_role_in_shape, user_plan_in_shape, user_in_shape,
    jobs_list_in_shape, job_show_in_shape, jobs_retry_in_shape, jobs_cancel_in_shape, jobs_dead_in_shape, jobs_counts_in_shape,
    job_watch_in_shape, audit_verify_in_shape, audit_export_in_shape, audit_points_in_shape, audit_proof_in_shape, audit_retire_in_shape, audit_keygen_in_shape, engines_in_shape, config_in_shape, check_in_shape,
    keys_in_shape, retention_in_shape;
