/* What palabrectl can do. */
#include "ctl.h"
#include "inputs.h"

extern err_t users_list(struct ctl *, const void *), users_create(struct ctl *, const void *), users_role(struct ctl *, const void *),
    users_plan(struct ctl *, const void *), users_disable(struct ctl *, const void *), users_enable(struct ctl *, const void *),
    users_password(struct ctl *, const void *), jobs_list(struct ctl *, const void *), jobs_show(struct ctl *, const void *),
    jobs_retry(struct ctl *, const void *), jobs_cancel(struct ctl *, const void *), jobs_dead(struct ctl *, const void *),
    jobs_counts(struct ctl *, const void *), jobs_watch(struct ctl *, const void *), engines_show(struct ctl *, const void *),
    audit_verify_run(struct ctl *, const void *), audit_export_run(struct ctl *, const void *), audit_points_run(struct ctl *, const void *),
    audit_proof_run(struct ctl *, const void *), audit_keygen_run(struct ctl *, const void *), audit_retire_run(struct ctl *, const void *), config_show(struct ctl *, const void *), check_all(struct ctl *, const void *),
    keys_rotate(struct ctl *, const void *), retention_show(struct ctl *, const void *);

#define IN(T, ...)  &T##_shape, &(const struct T){ __VA_ARGS__ }
#define PG    NEEDS_PG
#define REDIS NEEDS_REDIS

const struct command commands[] = {
    { "users", "list", "",
      "Accounts, newest first.", PG, users_list, IN(users_list_in, .limit = 50) },
    { "users", "create", "email",
      "Open an account; its password is asked for, or read from a pipe.", PG, users_create, IN(user_create_in, .role = "user", .plan = "free") },
    { "users", "role", "email role",
      "Change what an account may do.", PG, users_role, IN(user_role_in, .role = NULL) },
    { "users", "plan", "email plan",
      "Change how often an account may ask.", PG, users_plan, IN(user_plan_in, .plan = NULL) },
    { "users", "disable", "email",
      "Keep an account from logging in.", PG, users_disable, IN(user_in, .email = NULL) },
    { "users", "enable", "email",
      "Let it log in again.", PG, users_enable, IN(user_in, .email = NULL) },
    { "users", "password", "email",
      "Give an account a new password, asked for or read from a pipe.", PG, users_password, IN(user_in, .email = NULL) },

    { "jobs", "list", "",
      "Jobs and the steps of flows, newest first.", PG, jobs_list, IN(jobs_list_in, .limit = 50) },
    { "jobs", "show", "id",
      "All about a job: steps, outside effects, reasons, errors, lease.", PG, jobs_show, IN(job_show_in, .id = NULL) },
    { "jobs", "retry", "ids...",
      "Queue jobs again that ended without a result.", PG | REDIS, jobs_retry, IN(jobs_retry_in, .limit = 1000) },
    { "jobs", "cancel", "ids...",
      "End jobs for good, with their flows.", PG | REDIS, jobs_cancel, IN(jobs_cancel_in, .ids = { .n = 0 }) },
    { "jobs", "dead", "",
      "What ended failed or unknown, the last first. The queue palabre.dead only tells of them.", PG, jobs_dead, IN(jobs_dead_in, .limit = 50) },
    { "jobs", "counts", "",
      "Jobs by service, lane and state, and how long the oldest waits.", PG, jobs_counts, IN(jobs_counts_in, .json = false) },
    { "jobs", "watch", "id",
      "Follow a job's events until it has ended.", PG | REDIS, jobs_watch, IN(job_watch_in, .id = NULL) },

    { "audit", "verify", "",
      "Whether the audit log, or an export of it, is what was written.", 0, audit_verify_run, IN(audit_verify_in, .json = false) },
    { "audit", "export", "",
      "Write the audit log out, with all that verifying it needs but the keys.", PG, audit_export_run, IN(audit_export_in, .personal = false) },
    { "audit", "checkpoints", "",
      "Its checkpoints, the smallest first.", PG, audit_points_run, IN(audit_points_in, .limit = 1000) },
    { "audit", "proof", "seq",
      "That an entry is in it as a checkpoint binds it, as a line of JSON.", PG, audit_proof_run, IN(audit_proof_in, .seq = NULL) },
    { "audit", "keygen", "file",
      "Make an Ed25519 key for AUDIT_SIGN_KEY_FILE; prints its public half.", 0, audit_keygen_run, IN(audit_keygen_in, .file = NULL) },
    { "audit", "retire", "before",
      "Take old months of entries away; proofs of the rest stay.", PG, audit_retire_run, IN(audit_retire_in, .before = NULL) },

    { "keys", "rotate", "",
      "Wrap each person's key with the first of PERSON_KEYS, beside everything that runs; cut short, it goes on where it was.", PG, keys_rotate, IN(keys_in, .json = false) },
    { "retention", NULL, "",
      "How much is older than it may be.", PG, retention_show, IN(retention_in, .days = 90) },

    { "engines", NULL, "",
      "The engines of each service in their order, and why some cannot work.", 0, engines_show, IN(engines_in, .json = false) },
    { "config", NULL, "",
      "What each daemon would have as settings here and now; of secrets only whether they are set.", 0, config_show, IN(config_in, .service = NULL) },
    { "check", NULL, "",
      "Whether PostgreSQL, Redis, RabbitMQ and the file store answer, and how fast.", 0, check_all, IN(check_in, .json = false) },
};
const size_t commands_n = COUNT(commands);
