#include "ops/audit.h"

SHAPE(audit_in, "Which entries of the audit log.",
    FIELD(audit_in, user_id,  "Only of this account.", .format = &format_uuid),
    FIELD(audit_in, action,   "Only this action: auth.login, or auth for all that begin so.", .min = 1, .max = 64),
    FIELD(audit_in, resource, "Only on this: user/<id>, or user for all of the type.", .min = 1, .max = 161),
    FIELD(audit_in, outcome,  "Only with this outcome.", .one_of = WORDS("success", "failure", "denied")),
    FIELD(audit_in, from,     "Not before."),
    FIELD(audit_in, to,       "Before."),
    FIELD(audit_in, limit,    "At most so many; 100 when absent.", .min = 1, .max = 1000),
    FIELD(audit_in, offset,   "So many are passed over.", .min = 0, .max = 1000000));

SHAPE(audit_view, "An entry of the audit log.",
    FIELD(audit_view, seq,           "Its place in the sequence; null: it has none yet, for about a second.", .need = true),
    FIELD(audit_view, id,            "Its id.", .need = true),
    FIELD(audit_view, timestamp,     "When, UTC.", .need = true),
    FIELD(audit_view, created_at,    "The same."),
    FIELD(audit_view, user_id,       "Who; absent: the system, or nobody known."),
    FIELD(audit_view, action,        "What.", .need = true),
    FIELD(audit_view, resource,      "To what: type/id.", .need = true),
    FIELD(audit_view, resource_type, "The type."),
    FIELD(audit_view, resource_id,   "The id."),
    FIELD(audit_view, outcome,       "success, failure or denied.", .need = true),
    FIELD(audit_view, details,       "More of it.", .need = true),
    FIELD(audit_view, ip,            "From where; absent: not known, or erased."),
    FIELD(audit_view, ip_address,    "The same."),
    FIELD(audit_view, user_agent,    "With what."),
    FIELD(audit_view, identifier,    "As whom somebody tried to come in."),
    FIELD(audit_view, prev_hash,     "Hash of the link before, hex."),
    FIELD(audit_view, hash,          "Hash of its link, hex."),
    FIELD(audit_view, verified,      "Whether it fits its seal, its hash and its leaf; null: it has no link yet.", .need = true));

SHAPE(audit_range, "Which part of the audit log.",
    FIELD(audit_range, from_seq, "From this sequence number on; 1 when absent.", .min = 1, .max = LONG_MOST),
    FIELD(audit_range, to_seq,   "Up to this one; the last when absent.", .min = 1, .max = LONG_MOST));

SHAPE(proof_in, "Which proof.",
    FIELD(proof_in, seq,  "Sequence number of the entry.", .need = true, .min = 1, .max = LONG_MOST),
    FIELD(proof_in, size, "Against the checkpoint of this size; the last when absent.", .min = 1, .max = LONG_MOST));

SHAPE(growth_in, "Between which checkpoints.",
    FIELD(growth_in, from_size, "Size of the older.", .need = true, .min = 1, .max = LONG_MOST),
    FIELD(growth_in, to_size,   "Size of the newer; the last when absent.", .min = 1, .max = LONG_MOST));

SHAPE(points_in, "Which checkpoints.",
    FIELD(points_in, from_size, "From this size on.", .min = 1, .max = LONG_MOST),
    FIELD(points_in, limit,     "At most so many; 100 when absent.", .min = 1, .max = 1000));
