/* What keeps the audit log together: linking entries, checkpoints, the witness file. The scheduler does it. */
#pragma once

#include "app/audit_checkpoint.h"
#include "app/audit_tree.h"

#define AUDIT_BATCH 1000

struct audit_head { int64_t seq; const char *hash; };
extern const struct shape audit_head_shape;

struct audit_turn {
    size_t linked, waiting;         /* waiting: AUDIT_BATCH at most, before */
    double waited_s;                /* the oldest of them */
    size_t forged;                  /* linked with a seal that does not fit: nobody of ours wrote it so */
    size_t lost;                    /* gone before they were linked; an entry says so */
};
/* Link what waits, at most AUDIT_BATCH entries. Any number of processes may try at once: one does, the others do nothing. */
fallible audit_chain(struct ctx *cx, struct audit_turn *out);

/* A checkpoint of all that is linked, unless the last one is of it. `private_pem` NULL: unsigned. AUDIT_BROKEN: the tree is no longer
 * the one that the last checkpoint binds; no other is made. */
fallible audit_checkpoint_make(struct ctx *cx, const char *private_pem, struct audit_checkpoint *out, bool *made);

/* Append the checkpoints that a witness file does not have yet, a line of JSON each, and flush them to the disk. AUDIT_BROKEN: its
 * last line is of no checkpoint that the database has. */
fallible audit_witness(struct ctx *cx, const char *path, size_t *written);

/* The number and hash of the last link, appended to a file of such lines when they are new: what was cut off the end is missed even
 * where no checkpoint had bound it yet. Only the newest line matters. AUDIT_BROKEN: the file's last one is of no link of the database. */
fallible audit_witness_head(struct ctx *cx, const char *path, struct audit_head *out);

/* The kept tree in the database. */
extern const struct tree audit_tree;
/* Of the last link; seq 0: there is none. */
fallible audit_head_find(struct ctx *cx, struct audit_head *out);
