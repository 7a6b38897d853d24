/* An export of the audit log, verified without any server. */
#pragma once

#include "ctl.h"
#include "app/audit_verify.h"

/* Lines of an export, in this order: one head, marks, checkpoints, links, one end. */
struct export_head { int palabre_audit; int64_t from_seq; struct texts frontier; };
struct export_end  { int64_t to_seq; };
struct export_line {
    struct export_head head;
    struct audit_row mark, link;
    struct audit_checkpoint checkpoint;
    struct export_end end;
};
extern const struct shape export_line_shape, export_head_shape, export_end_shape;
#define EXPORT_VERSION 1

/* The lines of a witness file, by size. */
fallible witness_read(struct ctx *cx, const char *path, struct audit_claim **out, size_t *n);

/* INPUT_INVALID: the file is no export. */
fallible offline_verify(struct ctx *cx, const char *path, const struct audit_signers *signers, const struct audit_claim *witness, size_t witness_n,
                        struct audit_verdict *out);
