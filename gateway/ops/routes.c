#include "http/gateway.h"
#include "ops/audit.h"

extern const struct area ops_area;

static const struct route ops_routes[] = {
    { GET,  "/",                   .serve = root_get,     .name = "root",          .access = PUBLIC, .rate = FREE,  .status = 200, .place = AT_ROOT,
      .summary = "What runs here.", .out = &greeting_shape },
    { GET,  "/health",             .serve = health_get,   .name = "health_get",    .access = PUBLIC, .rate = FREE,  .status = 200, .place = ANYWHERE,
      .summary = "Is it up? 503 where saas-ia is spoken and the database is missing.", .out = &health_shape, .also = 503 },
    { GET,  "/health/live",        .serve = live_get,     .name = "health_live",   .access = PUBLIC, .rate = FREE,  .status = 200, .place = AT_ROOT,
      .summary = "The process answers.", .out = &health_shape },
    { GET,  "/health/ready",       .serve = ready_get,    .name = "health_ready",  .access = PUBLIC, .rate = FREE,  .status = 200, .place = AT_ROOT,
      .summary = "It can work; says which neighbour is missing. 503 while starting or draining.", .out = &readiness_shape, .also = 503 },
    { GET,  "/openapi.json",       .serve = openapi_get,  .name = "openapi",       .access = PUBLIC, .rate = FREE,  .status = 200, .place = ANYWHERE,
      .summary = "This document.", .type = "application/json" },
    { GET,  "/docs",               .serve = docs_get,     .name = "docs",          .access = PUBLIC, .rate = FREE,  .status = 200, .place = ANYWHERE, .hidden = true },
    { GET,  "/redoc",              .serve = redoc_get,    .name = "redoc",         .access = PUBLIC, .rate = FREE,  .status = 200, .place = ANYWHERE, .hidden = true },
    { GET,  "/docs/assets/{name}", .serve = asset_get,    .name = "asset",         .access = PUBLIC, .rate = FREE,  .status = 200, .place = AT_ROOT,  .hidden = true,
      .in = &asset_shape, .fails = FAILS(E_FILE_UNKNOWN) },
    { GET,  "/docs/errors",        .serve = errors_get,   .name = "errors",        .access = PUBLIC, .rate = FREE,  .status = 200, .place = AT_ROOT,  .hidden = true },
    { POST, "/jobs",               &job_create,           .access = USER, .may = "jobs:create",   .rate = WRITE, .status = 202, .summary = "Queue a job: a probe of the whole path, or a text to speak.",
      .fails = FAILS(E_KIND_UNKNOWN), .location = "/api/v1/jobs/{job_id}", .idempotent = true },
    { GET,  "/jobs/{id}",          &job_get,              .access = USER, .may = "jobs:read",   .rate = READ,  .status = 200, .summary = "See how far a job is.", .fails = FAILS(E_JOB_UNKNOWN) },
    { GET,  "/jobs/{id}/events",   .serve = job_events,   .name = "job_events",    .access = USER, .may = "jobs:read",   .rate = READ,  .status = 200, .in = &events_in_shape,
      .type = "text/event-stream", .summary = "Follow a job. Resumes after Last-Event-ID, byte for byte, on any gateway.", .fails = FAILS(E_JOB_UNKNOWN) },
    { POST, "/jobs/{id}/cancel",   &job_cancel_post,      .access = USER, .may = "jobs:update",   .rate = WRITE, .status = 200, .summary = "End a job for good.", .fails = FAILS(E_JOB_UNKNOWN, E_JOB_ENDED) },
    { POST, "/jobs/{id}/retry",    &job_retry_post,       .access = USER, .may = "jobs:update",   .rate = WRITE, .status = 202, .summary = "Try again what ended without a result; a flow goes on at the step that failed.",
      .fails = FAILS(E_JOB_UNKNOWN, E_JOB_RUNNING), .location = "/api/v1/jobs/{id}" },
    { GET,  "/jobs/{id}/explain",  &job_explain_get,      .access = USER, .may = "jobs:read",   .rate = READ,  .status = 200, .summary = "Why this queue, engine, route, price and attempt.", .fails = FAILS(E_JOB_UNKNOWN) },
    { GET,  "/admin/audit-logs",              .serve = audit_list,    .name = "audit_list",   .access = USER, .may = "audit:read", .rate = READ,  .status = 200, .in = &audit_in_shape,
      .out = &audit_view_shape, .bare = &audit_view_shape, .summary = "The audit log, newest first." },
    { GET,  "/admin/audit-logs/verify",       &audit_verify_get,      .access = USER, .may = "audit:verify", .rate = WRITE, .status = 200,
      .summary = "Hold the audit log against its keys, its checkpoints and itself; for super-administrators.", .fails = FAILS(E_AUDIT_BROKEN) },
    { GET,  "/admin/audit-logs/checkpoints",  .serve = audit_points,  .name = "audit_points", .access = USER, .may = "audit:read", .rate = READ,  .status = 200, .in = &points_in_shape,
      .out = &audit_checkpoint_shape, .bare = &audit_checkpoint_shape, .summary = "Checkpoints of the audit log, the smallest first." },
    { GET,  "/admin/audit-logs/consistency",  &audit_growth_get,      .access = USER, .may = "audit:read", .rate = READ,  .status = 200,
      .summary = "That the audit log only grew between two checkpoints.", .fails = FAILS(E_AUDIT_UNKNOWN, E_AUDIT_BROKEN) },
    { GET,  "/admin/audit-logs/{seq}/proof",  &audit_proof_get,       .access = USER, .may = "audit:read", .rate = READ,  .status = 200,
      .summary = "That an entry is in the audit log as a checkpoint binds it.", .fails = FAILS(E_AUDIT_UNKNOWN, E_AUDIT_BROKEN) },
};

AREA(ops, "Jobs, health and documentation.");
