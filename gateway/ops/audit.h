/* Shapes of the audit log's routes. */
#pragma once

#include "ops/ops.h"
#include "app/audit_verify.h"

struct audit_in {
    const char *user_id, *action, *resource, *outcome;
    struct when from, to;
    int limit, offset;
};
struct audit_view {
    const char *id, *timestamp, *created_at, *user_id, *action, *resource, *resource_type, *resource_id, *outcome, *ip, *ip_address, *user_agent,
        *identifier, *prev_hash, *hash;
    struct raw details, verified;
    int64_t seq;
};
struct audit_range  { int64_t from_seq, to_seq; };
struct proof_in     { int64_t seq, size; };
struct growth_in    { int64_t from_size, to_size; };
struct points_in    { int64_t from_size; int limit; };
extern const struct shape audit_in_shape, audit_view_shape, audit_range_shape, proof_in_shape, growth_in_shape, points_in_shape;
