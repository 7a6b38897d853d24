/* Checkpoints: how large the log is and what its tree's root is, signed. No server is needed. The signed text is a checkpoint as
 * transparency logs write it (C2SP tlog-checkpoint, with two lines of ours); the signature is Ed25519 over it. */
#pragma once

#include "app/audit_record.h"

#define AUDIT_ORIGIN    "palabre-audit"
#define AUDIT_KEYS_PUBLIC_MOST 16
#define SIGNER_BYTES    9

struct audit_checkpoint { int64_t size; const char *root, *chain, *at, *signer, *signature; };      /* signature NULL: unsigned */
extern const struct shape audit_checkpoint_shape;
struct audit_checkpoints { LIST_OF(struct audit_checkpoint) rows; };

struct bytes checkpoint_text(struct ctx *cx, const struct audit_checkpoint *c);

/* Public keys that signatures are checked with. From a bundle of PEM texts; CONFIG_INVALID. */
struct audit_signers { size_t n; struct { char name[SIGNER_BYTES]; uint8_t key[ED25519_KEY_BYTES]; } at[AUDIT_KEYS_PUBLIC_MOST]; };
fallible signers_read(struct ctx *cx, const char *pem, struct audit_signers *out);

void signer_name(const uint8_t key[ED25519_KEY_BYTES], char name[SIGNER_BYTES]);
/* NULL: signed by one of them; else what is wrong, "is not signed" also when it is not. */
const char *checkpoint_flaw(struct ctx *cx, const struct audit_checkpoint *c, const struct audit_signers *signers);
