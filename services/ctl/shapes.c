/* What the commands take, and what they tell. */
#include "audit_offline.h"
#include "inputs.h"
#include "rows.h"

#define STATES WORDS("queued", "running", "waiting", "succeeded", "failed", "cancelled", "expired", "unknown")
#define ROLES  WORDS("user", "secretaire", "agent", "infirmier", "medecin", "admin", "super_admin")
#define PLANS  WORDS("free", "pro")
#define ROWS_MOST 10000

/* --- taken --- */

#define EMAIL(T)  FIELD(T, email, "Address of the account.", .need = true, .min = 3, .max = 254, .format = &format_email)
#define JOB_ID(T) FIELD(T, id, "Id of the job, of its flow or of one of its steps.", .need = true, .format = &format_uuid)
#define JSON(T)   FIELD(T, json, "A line of JSON for each instead of a table.")

SHAPE(users_list_in, "Which accounts.",
    FIELD(users_list_in, limit,  "At most so many.", .min = 1, .max = ROWS_MOST),
    FIELD(users_list_in, before, "Only those listed after this id: the last one of the page before.", .format = &format_uuid),
    FIELD(users_list_in, role,   "Only with this role.", .one_of = ROLES),
    JSON(users_list_in));

SHAPE(user_create_in, "A new account.",
    EMAIL(user_create_in),
    FIELD(user_create_in, name,  "As people are addressed.", .min = 1, .max = 200),
    FIELD(user_create_in, role,  "What it may do.", .one_of = ROLES),
    FIELD(user_create_in, plan,  "How often it may ask.", .one_of = PLANS));

SHAPE(user_role_in, "An account and its role.",
    EMAIL(user_role_in),
    FIELD(user_role_in, role,    "What it may do.", .need = true, .one_of = ROLES));

SHAPE(user_plan_in, "An account and its plan.",
    EMAIL(user_plan_in),
    FIELD(user_plan_in, plan,    "How often it may ask.", .need = true, .one_of = PLANS));

SHAPE(user_in, "An account.",
    EMAIL(user_in));

SHAPE(jobs_list_in, "Which jobs.",
    FIELD(jobs_list_in, state,   "Only in this state.", .one_of = STATES),
    FIELD(jobs_list_in, kind,    "Only of this kind: stt.transcribe, or stt for all of the service.", .min = 1, .max = 80),
    FIELD(jobs_list_in, owner,   "Only of the account with this address.", .min = 3, .max = 254, .format = &format_email),
    FIELD(jobs_list_in, roots,   "Only what was accepted: flows and single jobs, not the steps of flows."),
    FIELD(jobs_list_in, limit,   "At most so many.", .min = 1, .max = ROWS_MOST),
    FIELD(jobs_list_in, before,  "Only those listed after this id: the last one of the page before.", .format = &format_uuid),
    JSON(jobs_list_in));

SHAPE(job_show_in, "Which job.",
    JOB_ID(job_show_in),
    FIELD(job_show_in, data,     "Also what it worked on and what came of it: these may be personal."),
    FIELD(job_show_in, json,     "One line of JSON."));

SHAPE(jobs_retry_in, "Which jobs to queue again.",
    FIELD(jobs_retry_in, ids,     "Ids of jobs that ended without a result.", .format = &format_uuid),
    FIELD(jobs_retry_in, dead,    "Every job that failed, instead of ids."),
    FIELD(jobs_retry_in, error,   "With --dead: only those that ended with this error.", .min = 1, .max = 80),
    FIELD(jobs_retry_in, kind,    "With --dead: only of this kind or with a step of it.", .min = 1, .max = 80),
    FIELD(jobs_retry_in, unknown, "With --dead: also what ended unknown; what that did outside may happen twice."),
    FIELD(jobs_retry_in, limit,   "With --dead: at most so many.", .min = 1, .max = ROWS_MOST),
    FIELD(jobs_retry_in, dry_run, "Tell which, and leave them as they are."));

SHAPE(jobs_cancel_in, "Which jobs to end.",
    FIELD(jobs_cancel_in, ids,    "Ids of jobs that have not ended.", .need = true, .format = &format_uuid));

SHAPE(jobs_dead_in, "Which of those that ended failed or unknown.",
    FIELD(jobs_dead_in, error,    "Only with this error.", .min = 1, .max = 80),
    FIELD(jobs_dead_in, kind,     "Only of this kind or with a step of it.", .min = 1, .max = 80),
    FIELD(jobs_dead_in, limit,    "At most so many.", .min = 1, .max = ROWS_MOST),
    JSON(jobs_dead_in));

SHAPE(jobs_counts_in, "Nothing more.", JSON(jobs_counts_in));

SHAPE(job_watch_in, "Which job.",
    JOB_ID(job_watch_in),
    FIELD(job_watch_in, json,     "A line of JSON for each event."));

SHAPE(audit_verify_in, "What to verify.",
    FIELD(audit_verify_in, offline,     "An export instead of the database: no server is needed.", .min = 1, .max = 4096),
    FIELD(audit_verify_in, witness,     "A witness file that the log must fit as well.", .min = 1, .max = 4096),
    FIELD(audit_verify_in, public_keys, "A file of the public keys (PEM) that checkpoints must be signed with; AUDIT_PUBLIC_KEYS when absent.", .min = 1, .max = 4096),
    FIELD(audit_verify_in, from,        "From this sequence number on.", .min = 1, .max = LONG_MOST),
    FIELD(audit_verify_in, to,          "Up to this one.", .min = 1, .max = LONG_MOST),
    JSON(audit_verify_in));

SHAPE(audit_export_in, "What to write out, as lines of JSON.",
    FIELD(audit_export_in, from,        "From this sequence number on.", .min = 1, .max = LONG_MOST),
    FIELD(audit_export_in, to,          "Up to this one.", .min = 1, .max = LONG_MOST),
    FIELD(audit_export_in, personal,    "Also what entries tell of persons: addresses and programs."));

SHAPE(audit_points_in, "Which checkpoints.",
    FIELD(audit_points_in, from,        "From this size on.", .min = 1, .max = LONG_MOST),
    FIELD(audit_points_in, limit,       "At most so many.", .min = 1, .max = ROWS_MOST),
    JSON(audit_points_in));

SHAPE(audit_proof_in, "Which entry to prove.",
    FIELD(audit_proof_in, seq,          "Its sequence number.", .need = true, .min = 1, .max = 20),
    FIELD(audit_proof_in, size,         "Against the checkpoint of this size; the last when absent.", .min = 1, .max = LONG_MOST));

SHAPE(audit_keygen_in, "Where the private key goes.",
    FIELD(audit_keygen_in, file,        "A file that does not exist yet; only its owner may read it.", .need = true, .min = 1, .max = 4096));

SHAPE(audit_retire_in, "Which months of entries to take away.",
    FIELD(audit_retire_in, before,      "Those that had ended on this day: 2019-12-01.", .need = true, .min = 10, .max = 10),
    FIELD(audit_retire_in, dry_run,     "Tell which, and leave them as they are."));

SHAPE(engines_in, "Nothing more.", JSON(engines_in));

SHAPE(config_in, "Whose settings.",
    FIELD(config_in, service,     "Only this daemon's: gateway, stt ...", .min = 1, .max = 40),
    JSON(config_in));

SHAPE(check_in, "Nothing more.", JSON(check_in));

SHAPE(keys_in, "Nothing more.",
    FIELD(keys_in, json,          "A line of JSON for each batch."));

SHAPE(retention_in, "How old.",
    FIELD(retention_in, days,     "Days for which questions are kept: ASKS_KEEP_DAYS of the scheduler.", .min = 1, .max = 36500),
    FIELD(retention_in, dry_run,  "Tell how much is older; the scheduler lets it go by itself."),
    FIELD(retention_in, json,     "One line of JSON."));

/* --- told --- */

SHAPE(account, "An account.",
    FIELD(account, id,         "Its id."),
    FIELD(account, email,      "Address to log in with."),
    FIELD(account, name,       "As people are addressed."),
    FIELD(account, role,       "What it may do."),
    FIELD(account, plan,       "How often it may ask."),
    FIELD(account, enabled,    "It may log in."),
    FIELD(account, created_at, "When it was opened."));

SHAPE(password_owner, "What the owner of a password is called.",
    FIELD(password_owner, email,      "Address to log in with."),
    FIELD(password_owner, name,       "As people are addressed."),
    FIELD(password_owner, first_name, "Given name."),
    FIELD(password_owner, last_name,  "Family name."),
    FIELD(password_owner, username,   "Name to log in with."),
    FIELD(password_owner, trigramme,  "Three letters to log in with."));

SHAPE(job_row, "A job, a flow or a step of one.",
    FIELD(job_row, id,            "Its id."),
    FIELD(job_row, root,          "The flow it is a step of; its own id when it is none."),
    FIELD(job_row, step,          "Its name in the flow."),
    FIELD(job_row, kind,          "What is to be done."),
    FIELD(job_row, lane,          "live, quick or batch."),
    FIELD(job_row, state,         "Where it stands."),
    FIELD(job_row, owner,         "Address of its account; the id when that is gone."),
    FIELD(job_row, attempt,       "How often a worker took it."),
    FIELD(job_row, attempts_most, "How often it may be taken."),
    FIELD(job_row, percent,       "How much is done."),
    FIELD(job_row, error,         "The error it ended with, or met last."),
    FIELD(job_row, error_text,    "The same in words."),
    FIELD(job_row, created_at,    "When it was accepted."),
    FIELD(job_row, started_at,    "When a worker first took it."),
    FIELD(job_row, finished_at,   "When it ended."),
    FIELD(job_row, run_after,     "Not before; between attempts."));

SHAPE(job_effect, "Something a job did outside.",
    FIELD(job_effect, job_id,     "The job."),
    FIELD(job_effect, step,       "Its name in the flow."),
    FIELD(job_effect, name,       "What it was."),
    FIELD(job_effect, state,      "begun, done or failed."),
    FIELD(job_effect, attempt,    "Which attempt did it."),
    FIELD(job_effect, error,      "Why it failed."),
    FIELD(job_effect, cost_micro, "Millionths of a US dollar; null when unknown."),
    FIELD(job_effect, begun_at,   "When."),
    FIELD(job_effect, ended_at,   "When."));

SHAPE(job_reason, "Why a step went as it did.",
    FIELD(job_reason, job_id,     "The job."),
    FIELD(job_reason, step,       "Its name in the flow."),
    FIELD(job_reason, why,        "What the worker decided: engines tried, chosen, refused, prices."));

SHAPE(job_whole, "A job with all there is to know of it.",
    FIELD(job_whole, id,            "Its id."),
    FIELD(job_whole, root,          "The flow it is a step of; its own id when it is none."),
    FIELD(job_whole, step,          "Its name in the flow."),
    FIELD(job_whole, place,         "Its place in the flow, from 0."),
    FIELD(job_whole, kind,          "What is to be done."),
    FIELD(job_whole, lane,          "live, quick or batch."),
    FIELD(job_whole, state,         "Where it stands."),
    FIELD(job_whole, owner,         "Address of its account; the id when that is gone."),
    FIELD(job_whole, attempt,       "How often a worker took it."),
    FIELD(job_whole, attempts_most, "How often it may be taken."),
    FIELD(job_whole, percent,       "How much is done."),
    FIELD(job_whole, worker,        "The process that has or had it."),
    FIELD(job_whole, error,         "The error it ended with, or met last."),
    FIELD(job_whole, error_text,    "The same in words."),
    FIELD(job_whole, created_at,    "When it was accepted."),
    FIELD(job_whole, started_at,    "When a worker first took it."),
    FIELD(job_whole, finished_at,   "When it ended."),
    FIELD(job_whole, run_after,     "Not before; between attempts."),
    FIELD(job_whole, lease_until,   "Until when its worker has it without another heartbeat."),
    FIELD(job_whole, look_at,       "When the scheduler looks at it again."),
    FIELD(job_whole, deadline_at,   "When it expires."),
    FIELD(job_whole, trace,         "W3C traceparent of the request it came with."),
    FIELD(job_whole, input,         "What it works on."),
    FIELD(job_whole, result,        "What came of it."));

SHAPE(job_told, "A job or a flow, with its steps and what they did.",
    OBJECT(job_told, job,           "The job, or the root of the flow.", job_whole),
    LIST(job_told, steps,           "The steps that began, in order.", job_whole),
    LIST(job_told, effects,         "What was done outside.", job_effect),
    LIST(job_told, explain,         "Why it went so.", job_reason));

SHAPE(dead_job, "What ended failed or unknown.",
    FIELD(dead_job, id,          "Id of the job or flow."),
    FIELD(dead_job, kind,        "What was asked."),
    FIELD(dead_job, failed_kind, "Kind of the step that failed."),
    FIELD(dead_job, state,       "failed, or unknown: nobody can tell whether something outside happened."),
    FIELD(dead_job, error,       "The error."),
    FIELD(dead_job, error_text,  "The same in words."),
    FIELD(dead_job, attempt,     "How often it was tried."),
    FIELD(dead_job, owner,       "Address of its account; the id when that is gone."),
    FIELD(dead_job, created_at,  "When it was accepted."),
    FIELD(dead_job, finished_at, "When it ended."));

SHAPE(job_count, "How many jobs are in a state.",
    FIELD(job_count, service,    "Whose."),
    FIELD(job_count, lane,       "live, quick or batch."),
    FIELD(job_count, state,      "Which state; unsent: tickets that wait to be published."),
    FIELD(job_count, jobs,       "How many."),
    FIELD(job_count, oldest_s,   "Seconds the oldest has waited to be taken; null: none waits."));

SHAPE(job_event_told, "An event of a job.",
    FIELD(job_event_told, number, "Its number."),
    FIELD(job_event_told, type,   "What happened."),
    FIELD(job_event_told, data,   "The event itself."));

SHAPE(reach, "Whether something we stand on answers.",
    FIELD(reach, name,    "What."),
    FIELD(reach, state,   "up, down or unset."),
    FIELD(reach, ms,      "Milliseconds until it answered."),
    FIELD(reach, says,    "What it is, or why it does not answer."));

/* --- an export of the audit log --- */

FOREIGN(export_head, "How an export begins.",
    FIELD(export_head, palabre_audit, "Version of the format."),
    FIELD(export_head, from_seq,      "The first link."),
    FIELD(export_head, frontier,      "Complete subtrees of what comes before it, the largest first, hex."));
FOREIGN(export_end, "How it ends.", FIELD(export_end, to_seq, "The last link."));
FOREIGN(export_line, "A line of an export.",
    OBJECT(export_line, head,       "Of the export.", export_head),
    OBJECT(export_line, mark,       "An entry that tells of a month taken away.", audit_row),
    OBJECT(export_line, link,       "An entry with its link.", audit_row),
    OBJECT(export_line, checkpoint, "A checkpoint.", audit_checkpoint),
    OBJECT(export_line, end,        "The end.", export_end));
