/* An entry with its link as bytes: what is sealed, linked and hashed. No server is needed. */
#pragma once

#include "app/audit.h"
#include "data/crypto.h"

struct audit_row {
    int64_t n;                                  /* in the queue */
    double  waited_s;
    int64_t seq;                                /* 0: not linked yet */
    const char *id, *ts, *user_id, *action, *resource_type, *resource_id, *outcome, *details, *personal, *seal;
    const char *prev_hash, *hash, *leaf;        /* hex, as every hash here */
    int key, link_key;
    const char *salt, *members;                 /* what `personal` commits to */
    const char *ip, *user_agent, *identifier;   /* the members one by one, in a page */
    int64_t total;                              /* how many there are, in a page */
    bool lost;                                  /* that is gone and no entry says why */
};
extern const struct shape audit_row_shape;
struct audit_rows { LIST_OF(struct audit_row) rows; };

/* Canonical JSON: keys in order, no spaces. Without a sequence number it is what the writer seals, with one what is linked. */
struct bytes audit_record(struct ctx *cx, const struct audit_row *row);

/* NULL: there is no such key. */
const char *audit_secret(const struct audit_keys *keys, int id);

/* HMAC-SHA256 of who wrote the entry, over AUDIT_SEAL_MARK and the record without a sequence number. */
#define AUDIT_SEAL_MARK "palabre-audit-seal-1\n"
void audit_seal(struct ctx *cx, const char *secret, const struct audit_row *row, uint8_t out[SHA256_BYTES]);
/* HMAC-SHA256 over the hash before and the record; the first has 32 zero bytes before it. */
void audit_link(struct ctx *cx, const char *secret, const uint8_t before[SHA256_BYTES], const struct audit_row *row, uint8_t out[SHA256_BYTES]);
/* Leaf of the tree: SHA-256 over 0x00, the record and its hash, so that the tree binds the chain (RFC 6962 2.1). */
void audit_leaf(struct ctx *cx, const struct audit_row *row, const uint8_t hash[SHA256_BYTES], uint8_t out[SHA256_BYTES]);
/* SHA-256 over AUDIT_PERSON_MARK, 16 bytes of salt and the members: it tells nothing once the salt is gone. */
#define AUDIT_PERSON_MARK "palabre-audit-person-1\n"
#define AUDIT_SALT_BYTES  16
void audit_commit(struct ctx *cx, const uint8_t salt[AUDIT_SALT_BYTES], const char *members, uint8_t out[SHA256_BYTES]);

const char *audit_hex(struct ctx *cx, const uint8_t hash[SHA256_BYTES]);
bool audit_unhex(const char *hex, uint8_t out[SHA256_BYTES]);      /* 64 digits and nothing else */
