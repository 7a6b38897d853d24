/* The audit log in the database, held against itself, its checkpoints and a witness; proofs of single entries. */
#pragma once

#include "app/audit_check.h"

struct audit_scope {
    int64_t from, to;               /* sequence numbers; to 0: the last */
    int64_t most;                   /* links looked at, at most; 0: all */
    const struct audit_signers *signers;        /* NULL: signatures are not looked at */
    const struct audit_claim *witness;          /* by ascending size */
    size_t witness_n;
    int stray_days;                 /* how far back entries without a link are looked for */
};

struct audit_verdict {
    bool valid, complete;           /* complete: all that was asked for was looked at */
    int64_t checked, from_seq, to_seq, first_bad_seq;
    int64_t pending, entries_gone, persons_gone, checkpoints, unsigned_checkpoints, flaws_found;
    double  pending_s;
    const char *signatures;         /* "checked", "not checked: ..." */
    LIST_OF(struct audit_flaw) flaws;
};
extern const struct shape audit_verdict_shape;

fallible audit_verify(struct ctx *cx, const struct audit_scope *s, struct audit_verdict *out);

/* What a check has found, as a verdict. */
void verdict_of(const struct audit_check *c, struct audit_verdict *out);

/* Links from a sequence number to another; entries that tell of months taken away. */
fallible audit_rows_list(struct ctx *cx, int64_t from, int64_t to, int most, struct audit_rows *out);
fallible audit_marks_list(struct ctx *cx, struct audit_rows *out);

/* Entries, newest first, also those without a link (seq 0); what is NULL or 0 does not narrow them. */
struct audit_filter {
    const char *user_id, *action, *type, *id, *outcome;     /* action: also all that begin with it and a dot */
    struct when from, to;
    int limit, offset;
};
fallible audit_page(struct ctx *cx, const struct audit_filter *f, struct audit_rows *out);

/* Checkpoints from a size on, the smallest first. */
fallible audit_points_list(struct ctx *cx, int64_t from_size, int most, struct audit_checkpoints *out);

/* That an entry is in the tree of a checkpoint; without its record when its month is gone. */
struct audit_proof {
    int64_t seq, leaf_index, tree_size;
    const char *record, *hash, *leaf;
    struct texts path;
    struct audit_checkpoint checkpoint;
};
extern const struct shape audit_proof_shape;
/* size 0: the last checkpoint. AUDIT_UNKNOWN: no such entry, or no checkpoint of this size covers it. */
fallible audit_prove(struct ctx *cx, int64_t seq, int64_t size, struct audit_proof *out);

/* That the log of a checkpoint goes on from that of another. AUDIT_UNKNOWN. */
struct audit_growth { struct audit_checkpoint from, to; struct texts path; };
extern const struct shape audit_growth_shape;
fallible audit_prove_growth(struct ctx *cx, int64_t from, int64_t to, struct audit_growth *out);
