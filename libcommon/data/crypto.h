/* Hashes, secrets and tokens. OpenSSL and libargon2 stay behind this header; what they need fetched
 * is fetched once, at the first use. */
#pragma once

#include "base/text.h"

#define SHA256_BYTES 32

void crypto_random(void *to, size_t n);                             /* from the kernel; cannot fail */
void crypto_sha256(const void *at, size_t n, uint8_t out[SHA256_BYTES]);
void crypto_hmac(const void *key, size_t key_n, const void *at, size_t n, uint8_t out[SHA256_BYTES]);

/* SHA-256 of a file, in hex (65 bytes with the NUL). BLOB_DOWN: it cannot be read. */
fallible crypto_sha256_file(struct ctx *cx, int fd, char hex[65]);

/* AES-256-GCM, a random 96-bit nonce in front, the tag behind: n + 28 bytes. NIST SP 800-38D. */
#define SEAL_EXTRA 28
struct bytes crypto_seal(struct ctx *cx, const uint8_t key[32], struct bytes plain, struct bytes bound);
/* TOKEN_INVALID: another key, other bound data, or a changed byte. */
fallible crypto_open(struct ctx *cx, const uint8_t key[32], struct bytes sealed, struct bytes bound, struct bytes *plain);
/* The same for many short ones under one key: what follows from the key is worked out once. */
struct crypto_opener;
struct crypto_opener *crypto_opener_new(struct ctx *cx, const uint8_t key[32]);
fallible crypto_opener_open(struct ctx *cx, struct crypto_opener *o, struct bytes sealed, struct bytes bound, struct bytes *plain);

/* Ed25519 (RFC 8032). Keys as PEM, the private one as PKCS #8 (openssl genpkey -algorithm ed25519). CONFIG_INVALID: no such key. */
#define ED25519_KEY_BYTES  32
#define ED25519_SIGN_BYTES 64
void     crypto_ed25519_new(struct ctx *cx, const char **private_pem, const char **public_pem);
fallible crypto_ed25519_sign(struct ctx *cx, const char *private_pem, struct bytes what, uint8_t out[ED25519_SIGN_BYTES]);
/* Of a private or public PEM; *next (NULL: not wanted): what follows it in a bundle of several. */
fallible crypto_ed25519_public(struct ctx *cx, const char *pem, uint8_t out[ED25519_KEY_BYTES], const char **next);
bool     crypto_ed25519_fits(const uint8_t key[ED25519_KEY_BYTES], struct bytes what, const uint8_t sign[ED25519_SIGN_BYTES]);

/* argon2id, t=2 m=19 MiB p=1 (RFC 9106, OWASP), as a PHC string. About 20 ms: at most one per core
 * runs at a time in a process, the others wait within cx's deadline (OVERLOADED). */
fallible password_hash(struct ctx *cx, const char *password, const char **phc);
/* `ok` tells whether it fits; a NULL phc takes as long as a real one (no user enumeration by time). */
fallible password_check(struct ctx *cx, const char *password, const char *phc, bool *ok);

/* JWT, HS256 only here: the algorithm is ours to choose, never the token's. RFC 7519. */
struct jwt {
    const char *sub, *email, *role, *type, *jti, *iss, *aud, *plan;
    int64_t iat, exp, nbf;              /* seconds since 1970; 0: absent */
};
extern const struct shape jwt_shape;
char *jwt_sign(struct ctx *cx, const char *secret, const struct jwt *claims);
/* TOKEN_INVALID: form, algorithm, signature, exp or nbf (60 s of leeway for nbf only). */
fallible jwt_check(struct ctx *cx, const char *secret, const char *token, struct jwt *claims);
