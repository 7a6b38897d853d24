/* The audit log: who did what to what, when, with which outcome. docs/AUDIT.md tells how it holds together.
 *
 *     TRY(audit_add(cx, &(struct audit_entry){ .action = "user.role", .type = "user", .id = id, .details = { .from = was, .to = now } }));
 *
 * Ids are no personal data of their own; what is (struct audit_person) is kept apart and can be erased. */
#pragma once

#include "data/shape.h"

/* Keys of seals and links: the current one, and those before it for checking. */
#define AUDIT_KEYS_MOST 16
struct audit_keys { int current; size_t n; struct { int id; const char *secret; } at[AUDIT_KEYS_MOST]; };

/* `old`: "id:secret" with commas, or NULL. *out NULL: there is no secret. CONFIG_INVALID. */
fallible audit_keys_read(struct ctx *cx, const char *secret, int id, const char *old, const struct audit_keys **out);

/* All that an entry may say beside its members: words of ours and ids, never what somebody wrote. Each at most AUDIT_WORD_BYTES
 * of letters, digits and _.:/@+- (what is longer is cut, any other byte becomes '?'); no number is 0. In the order of the keys. */
#define AUDIT_WORD_BYTES 64
struct audit_details {
    int64_t count;
    const char *error;              /* name of an error */
    const char *from;               /* a state, role, format ... before */
    const char *kind;
    const char *method;             /* how: password, ldap, pkce, palabrectl ... */
    const char *reason;
    const char *state;
    int64_t through;                /* a sequence number */
    const char *to;                 /* ... and after */
};

/* Where the caller sits, and as whom somebody tried to come in. cx->person holds it for a request. */
struct audit_person { const char *identifier, *ip, *user_agent; };

struct audit_entry {
    const char *action;             /* "auth.login": lower-case words with dots */
    const char *type, *id;          /* of the resource: "user" and its id; id NULL: all of the type */
    const char *actor;              /* NULL: cx->user, or the system */
    const char *outcome;            /* "failure", "denied"; NULL: "success" */
    struct audit_details details;
    const char *identifier;         /* of struct audit_person; the rest of it comes from cx */
};

/* Write an entry: in the transaction of cx when one is open, so that there is no act without its entry and no entry without its
 * act; else in one commit with those that come at the same time. What did not succeed is kept in a commit of its own even if a
 * transaction is open, for that will be undone. CONFIG_INVALID: this process has no AUDIT_SECRET. */
fallible audit_add(struct ctx *cx, const struct audit_entry *e);

/* Erase what entries tell of `actor` beside the id, and say so in an entry; proofs stay valid. Joins the transaction of cx. */
fallible audit_erase(struct ctx *cx, const char *actor);

/* Drop months of entries that had ended on `day` ("2019-12-01"), each with an entry that says so. What has no link yet stays.
 * `dry_run`: only tell. Their links and all checkpoints stay: proofs of what remains are as before. */
struct audit_month { const char *month; int64_t entries, unlinked, through; };
struct audit_months { LIST_OF(struct audit_month) months; };
extern const struct shape audit_month_shape;
fallible audit_retire(struct ctx *cx, const char *day, bool dry_run, struct audit_months *out);
