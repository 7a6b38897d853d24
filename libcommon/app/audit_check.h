/* The verifier: takes links in order and tells every flaw with its place. No server is needed. */
#pragma once

#include "app/audit_checkpoint.h"
#include "app/audit_tree.h"

#define AUDIT_FLAWS_MOST 100            /* kept; more are only counted */

struct audit_flaw { int64_t seq, to_seq; const char *kind, *what; };      /* seq to to_seq; of a checkpoint its size */
extern const struct shape audit_flaw_shape;
struct audit_flaws { LIST_OF(struct audit_flaw) flaws; };

/* What the tree must be at a size, and who says so: a checkpoint, or a line of a witness file. Without a root: what the last link
 * must be. */
struct audit_claim { struct audit_checkpoint point; const char *by; };

struct audit_check {
    /* given */
    const struct audit_keys *keys;              /* NULL: neither seals nor hashes are looked at, only what the tree binds */
    const struct audit_signers *signers;        /* NULL: signatures are not looked at */
    const struct audit_claim *claims;           /* by ascending size */
    size_t claims_n;
    struct frontier tree;                       /* of what comes before the first link */
    int64_t retired;                            /* entries up to here may be gone: see check_mark */
    /* found */
    int64_t checked, entries_gone, persons_gone, checkpoints, unsigned_;
    int64_t flaws_n;
    struct audit_flaws flaws;
    /* between links */
    struct arena *home;                         /* where flaws live: that of check_start */
    int64_t next;                               /* sequence number expected */
    bool    linked;                             /* `before` is the hash of the link before */
    uint8_t before[SHA256_BYTES];
    size_t  claim;                              /* the next to be met */
    int64_t good_size;                          /* of the last claim that fitted */
    bool    torn;                               /* links are missing or the tree went astray: later roots say nothing new */
    struct audit_flaw gaps[AUDIT_FLAWS_MOST];   /* entries gone, one after another each */
    size_t  gaps_n;
};

/* Begin at sequence number `from`; the tree before it is in c->tree when from > 1. */
void check_start(struct ctx *cx, struct audit_check *c, int64_t from);
/* An entry that tells of a month taken away, looked at before the first link: if it is genuine, entries may be gone. */
void check_mark(struct ctx *cx, struct audit_check *c, const struct audit_row *row);
void check_link(struct ctx *cx, struct audit_check *c, const struct audit_row *row);
/* No more links; `last`: the sequence number that they had to reach, 0: none is known. */
void check_end(struct ctx *cx, struct audit_check *c, int64_t last);
void check_tell(struct audit_check *c, int64_t seq, int64_t to_seq, const char *kind, const char *what);

/* Whether an entry fits its own seal, hash and leaf: what is wrong, or NULL. `before`: raw. */
const char *check_row(struct ctx *cx, const struct audit_keys *keys, const struct audit_row *row, const uint8_t before[SHA256_BYTES]);
