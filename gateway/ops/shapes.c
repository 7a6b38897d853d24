#include "ops/ops.h"

SHAPE(job_ref, "Names a job.", FIELD(job_ref, id, "Id of the job.", .need = true, .max = 36));

SHAPE(events_in, "Which events.",
    FIELD(events_in, id,            "Id of the job.", .need = true, .max = 36),
    FIELD(events_in, last_event_id, "Number of the last event seen, for clients that cannot send the header Last-Event-ID."));

SHAPE(asset, "A file of the documentation.", FIELD(asset, name, "Its name.", .need = true, .max = 60));

SHAPE(greeting, "What runs here.",
    FIELD(greeting, message, "A greeting."), FIELD(greeting, version, "Version of the gateway."),
    FIELD(greeting, docs, "Where the documentation is."), FIELD(greeting, health, "Where its health is."));

SHAPE(health, "Health in brief.",
    FIELD(health, status, "healthy; degraded where saas-ia is spoken and a neighbour is missing.", .need = true),
    FIELD(health, service, "palabre", .need = true), FIELD(health, version, "Version of the gateway."),
    FIELD(health, app_name, "The product that is spoken, for its clients."), FIELD(health, environment, "ENVIRONMENT, for them."),
    FIELD(health, dependencies, "For them too: postgres and redis, each with its status, up or down, and latency_ms, null when it is down."));

SHAPE(neighbour, "What the gateway stands on.",
    FIELD(neighbour, status, "up or down."), FIELD(neighbour, latency_ms, "How long it took to answer."));
SHAPE(neighbour_view, "Those that every request meets.",
    OBJECT(neighbour_view, postgres, "The database.", neighbour), OBJECT(neighbour_view, redis, "Event streams and rates.", neighbour));

SHAPE(checks, "What the gateway stands on: up or down.",
    FIELD(checks, postgres, "The database."), FIELD(checks, redis, "Event streams and rates."),
    FIELD(checks, rabbitmq, "The broker; without it jobs are accepted and wait."), FIELD(checks, blobs, "The file store."));

SHAPE(readiness, "Whether it can work, and what is missing.",
    FIELD(readiness, status,  "Ready; degraded: something it stands on is missing; starting; draining.", .need = true,
          .one_of = WORDS("ready", "degraded", "starting", "draining")),
    FIELD(readiness, service, "gateway", .need = true),
    FIELD(readiness, version, "Version of the gateway.", .need = true),
    FIELD(readiness, lacks,   "A part of its work that it cannot do with its settings, and why."),
    OBJECT(readiness, checks,    "Each neighbour.", checks));

SHAPE(job_in, "A job to queue.",
    FIELD(job_in, kind,     "noop: a probe that goes through queue and worker and does nothing; tts: speak a text.", .need = true, .max = 40),
    FIELD(job_in, service,  "Whose queue and worker a noop probes; tts when absent.", .one_of = WORDS("audio", "stt", "llm", "tts", "document", "notify")),
    FIELD(job_in, lane,     "live when absent, quick for a noop.", .one_of = WORDS("live", "quick", "batch")),
    FIELD(job_in, text,     "What to say.", .max = 20000),
    FIELD(job_in, voice,    "A voice of the engine.", .max = 80),
    FIELD(job_in, format,   "mp3 when absent.", .one_of = WORDS("mp3", "wav", "opus")),
    FIELD(job_in, language, "BCP 47 tag.", .format = &format_language));

SHAPE(job_made, "A queued job.",
    FIELD(job_made, job_id, "Its id.", .need = true),
    FIELD(job_made, status, "queued", .need = true));

SHAPE(effect_view, "Something done outside: a provider called.",
    FIELD(effect_view, name,       "What it was."),
    FIELD(effect_view, state,      "begun, done or failed."),
    FIELD(effect_view, error,      "Why it failed."),
    FIELD(effect_view, attempt,    "Which attempt did it."),
    FIELD(effect_view, cost_micro, "Millionths of a US dollar; null when unknown."),
    FIELD(effect_view, begun_at,   "When."),
    FIELD(effect_view, ended_at,   "When."));

SHAPE(step_view, "A step, and why it went as it did.",
    FIELD(step_view, job_id,        "Its job."),
    FIELD(step_view, step,          "Its name in the flow."),
    FIELD(step_view, kind,          "What was to be done."),
    FIELD(step_view, queue,         "The queue its ticket went to."),
    FIELD(step_view, state,         "Where it stands."),
    FIELD(step_view, error,         "The error it ended with, or met last."),
    FIELD(step_view, error_text,    "The same in words."),
    FIELD(step_view, worker,        "The process that has or had it."),
    FIELD(step_view, attempt,       "How often it was taken."),
    FIELD(step_view, attempts_most, "How often it may be."),
    FIELD(step_view, waited_ms,     "From its acceptance to its first claim; null: not claimed."),
    FIELD(step_view, ran_ms,        "From its first claim to its end; null: not ended."),
    FIELD(step_view, run_after,     "Not before; between attempts."),
    FIELD(step_view, why,           "What the worker decided: engines tried, chosen, refused, prices."),
    LIST(step_view, effects,        "What it did outside.", effect_view));

SHAPE(explanation, "Why a job went as it did.",
    FIELD(explanation, id,    "The job."),
    FIELD(explanation, kind,  "What was asked."),
    FIELD(explanation, state, "Where it stands."),
    FIELD(explanation, lane,  "live, quick or batch."),
    LIST(explanation, steps,  "In order.", step_view));
