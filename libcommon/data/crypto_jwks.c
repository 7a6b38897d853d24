/* Keys of others as they publish them: a JWK set (RFC 7517), of which the RSA and P-256 keys for signatures are taken. */
#include "crypto_keys.h"

#include "crypto_once.h"
#include "data/json.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <string.h>

#define RSA_BITS_LEAST 2048
#define RSA_BYTES_MOST 1024             /* a modulus of 8192 bits */
#define EXPONENT_BYTES 4
#define NUMBER_BYTES   32               /* of P-256 */
#define SET_BYTES      (256u << 10)

struct jwk { const char *kty, *use, *alg, *kid, *crv, *x, *y, *n, *e; };
struct jwk_set { LIST_OF(struct jwk) keys; };
extern const struct shape jwk_shape, jwk_set_shape;

FOREIGN(jwk, "A key, RFC 7517 4 and RFC 7518 6.",
    FIELD(jwk, kty, "RSA, EC ...", .max = 16),
    FIELD(jwk, use, "sig, enc.", .max = 16),
    FIELD(jwk, alg, "What it is good for.", .max = 32),
    FIELD(jwk, kid, "Its name.", .max = 128),
    FIELD(jwk, crv, "Its curve.", .max = 32),
    FIELD(jwk, x,   "Its point.", .max = 4096),
    FIELD(jwk, y,   "The same.", .max = 4096),
    FIELD(jwk, n,   "Its modulus.", .max = 4096),
    FIELD(jwk, e,   "Its exponent.", .max = 4096));
FOREIGN(jwk_set, "What somebody's tokens are checked with, RFC 7517 5.", LIST(jwk_set, keys, "Each of them.", jwk, .max = 64));

static void pair_drop(void *pair) { EVP_PKEY_free(pair); }

/* NULL: the parts make no key. */
static EVP_PKEY *pair_of(struct ctx *cx, const char *type, OSSL_PARAM *parts)
{
    EVP_PKEY_CTX *from = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pair = NULL;

    crypto_must(from && EVP_PKEY_fromdata_init(from) == 1);
    bool made = EVP_PKEY_fromdata(from, &pair, EVP_PKEY_PUBLIC_KEY, parts) == 1;
    EVP_PKEY_CTX_free(from);
    return made ? arena_own(cx->arena, pair, pair_drop) : NULL;
}

/* Big-endian as it is sent, into the order of this machine; n 0: it is none, or has more than `most` bytes. */
static struct bytes number_read(struct ctx *cx, const char *text, size_t most)
{
    size_t n = 0;
    const char *sent = text ? text_unbase64(cx->arena, text, strlen(text), &n) : NULL;
    struct bytes none = { "", 0 };

    if (!sent || !n || n > most)
        return none;
    unsigned char *own = arena_get(cx->arena, n);
    BIGNUM *number = BN_bin2bn((const unsigned char *)sent, (int)n, NULL);
    crypto_must(number && BN_bn2nativepad(number, own, (int)n) == (int)n);
    BN_free(number);
    return (struct bytes){ (const char *)own, n };
}

static EVP_PKEY *rsa_read(struct ctx *cx, const struct jwk *k)
{
    struct bytes n = number_read(cx, k->n, RSA_BYTES_MOST), e = number_read(cx, k->e, EXPONENT_BYTES);

    if (!n.n || !e.n)
        return NULL;
    OSSL_PARAM parts[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, (unsigned char *)(uintptr_t)n.at, n.n),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, (unsigned char *)(uintptr_t)e.at, e.n), OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *pair = pair_of(cx, "RSA", parts);
    return pair && EVP_PKEY_get_bits(pair) >= RSA_BITS_LEAST ? pair : NULL;
}

/* An uncompressed point (SEC 1 2.3.3); OpenSSL refuses one that is not on the curve. */
static EVP_PKEY *ec_read(struct ctx *cx, const struct jwk *k)
{
    char curve[] = "prime256v1";
    unsigned char point[1 + 2 * NUMBER_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
    size_t x_n = 0, y_n = 0;
    const char *x = k->x ? text_unbase64(cx->arena, k->x, strlen(k->x), &x_n) : NULL;
    const char *y = k->y ? text_unbase64(cx->arena, k->y, strlen(k->y), &y_n) : NULL;

    if (!text_is(k->crv, "P-256") || !x || !y || x_n != NUMBER_BYTES || y_n != NUMBER_BYTES)
        return NULL;
    memcpy(point + 1, x, NUMBER_BYTES);
    memcpy(point + 1 + NUMBER_BYTES, y, NUMBER_BYTES);
    OSSL_PARAM parts[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)), OSSL_PARAM_construct_end(),
    };
    return pair_of(cx, "EC", parts);
}

/* A secret has no place in a set that is published, and a key without a name cannot be told from the others. */
static bool key_read(struct ctx *cx, const struct jwk *k, struct jwt_key *out)
{
    bool rsa = text_is(k->kty, "RSA"), ec = text_is(k->kty, "EC");

    *out = (struct jwt_key){ .alg = rsa ? RS256 : ES256, .kid = k->kid };
    if ((!rsa && !ec) || !k->kid || !*k->kid || (k->use && !text_is(k->use, "sig")) || (k->alg && !text_is(k->alg, jwt_alg_name(out->alg))))
        return false;
    out->pair = rsa ? rsa_read(cx, k) : ec_read(cx, k);
    return out->pair != NULL;
}

err_t jwt_keys_read(struct ctx *cx, const char *set, size_t len, struct jwt_key *keys, size_t most, size_t *n)
{
    struct jwk_set got = { 0 };

    *n = 0;
    if (len > SET_BYTES)
        return fail(cx, INPUT_INVALID, "a set of keys of %zu bytes", len);
    TRY(json_read(cx, set, len, &jwk_set_shape, &got));
    for (size_t i = 0; i < got.keys.n && *n < most; i++)
        *n += key_read(cx, &got.keys.at[i], &keys[*n]);
    return OK;
}
