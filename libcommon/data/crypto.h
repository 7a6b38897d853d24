/* Hashes, secrets and tokens. OpenSSL and libargon2 stay behind this header; what they need fetched
 * is fetched once, at the first use. */
#pragma once

#include "base/text.h"

#define SHA256_BYTES 32

void crypto_random(void *to, size_t n);                             /* from the kernel; cannot fail */
void crypto_sha256(const void *at, size_t n, uint8_t out[SHA256_BYTES]);
const char *crypto_sha256_hex(struct ctx *cx, const void *at, size_t n);
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

/* argon2id, t=2 m=19 MiB p=1 (RFC 9106, OWASP), as a PHC string. About 20 ms: at most one for every two cores runs at a
 * time in a process, so that passwords leave room for the rest; few may wait, within cx's deadline (OVERLOADED). */
fallible password_hash(struct ctx *cx, const char *password, const char **phc);
/* `ok` tells whether it fits; a NULL phc takes as long as a real one (no user enumeration by time). What other systems
 * stored with bcrypt ($2a$, $2b$, $2y$) is checked too. */
fallible password_check(struct ctx *cx, const char *password, const char *phc, bool *ok);
/* It fits, but is not stored as password_hash would store it today. */
bool password_is_stale(const char *phc);

/* JWT (RFC 7519, RFC 9068). A key has one algorithm: a token may name a key, never choose how it is checked. */
enum jwt_alg { HS256, RS256, ES256 };
struct jwt_key {
    enum jwt_alg alg;
    const char *kid;                    /* NULL: fits any */
    const char *secret;                 /* HS256 */
    void       *pair;                   /* RS256, ES256: dies with the arena it was read into */
    bool        is_private;             /* it can sign */
    const char *header;                 /* of what it signs, encoded */
};
struct jwt_key jwt_key_of_secret(struct ctx *cx, const char *secret);
/* A PEM file: a private or public RSA key of at least 2048 bits, or one on P-256. CONFIG_INVALID. */
fallible jwt_key_of_file(struct ctx *cx, const char *path, struct jwt_key *out);
void jwt_key_tell(struct ctx *cx, const struct jwt_key *k, struct text *to);    /* its public half as a JWK, RFC 7517 */
/* The first `most` keys of a JWK set that have a name and check RS256 (2048 bits or more) or ES256; what else is in it is
 * passed over, secrets too. The keys die with cx's arena. JSON_BROKEN, INPUT_INVALID: it is no set. */
fallible jwt_keys_read(struct ctx *cx, const char *set, size_t len, struct jwt_key *keys, size_t most, size_t *n);

struct jwt_rules {
    const struct jwt_key *keys;         /* the first one signs */
    size_t n;
    const char *iss, *aud;              /* what a token must say; NULL: anything */
    int64_t life_s;                     /* none lives longer; 0: any time */
};
struct jwt {
    const char *sub, *email, *role, *organization, *type, *jti, *iss, *aud, *plan, *sid, *scope, *client_id, *session_id;
    bool    must_change_password;
    int64_t iat, exp, nbf, auth_time;   /* seconds since 1970; 0: absent */
    int64_t ver;                        /* of what the account may do, when the token was made */
};
extern const struct shape jwt_shape;
char *jwt_sign(struct ctx *cx, const struct jwt_rules *rules, const struct jwt *claims);
/* What a token says of itself, believed by nobody: for finding the key that it must be checked with. False: it is no token. */
struct jwt_names { const char *alg, *kid, *aud; };
bool jwt_read_names(struct ctx *cx, const char *token, struct jwt_names *out);
/* TOKEN_INVALID: form, type, algorithm, key, signature, nbf (60 s of leeway for it only), iss, aud. TOKEN_EXPIRED: nothing but exp. */
fallible jwt_check(struct ctx *cx, const struct jwt_rules *rules, const char *token, struct jwt *claims);
