/* Keys of tokens: a shared secret (HMAC), or a pair from a PEM file (RSA PKCS #1 v1.5, ECDSA on P-256). RFC 7518. */
#include "crypto_keys.h"

#include "crypto_once.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <string.h>

#define RSA_BITS_LEAST   2048
#define NUMBER_BYTES     32             /* of P-256: a signature is r and s, a point x and y */
#define SIGNATURE_BYTES  1024           /* RSA of 8192 bits */
#define KID_BYTES        8

const char *jwt_alg_name(enum jwt_alg alg)
{
    static const char *const names[] = { [HS256] = "HS256", [RS256] = "RS256", [ES256] = "ES256" };

    return names[alg];
}

/* What it signs says which key it was, so that the next one may be there before this one goes. */
static void key_name(struct ctx *cx, struct jwt_key *k, const uint8_t hash[SHA256_BYTES])
{
    char hex[KID_BYTES * 2 + 1];

    text_hex(hash, KID_BYTES, hex);
    k->kid = arena_fmt(cx->arena, "%s", hex);
    const char *header = arena_fmt(cx->arena, "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}", jwt_alg_name(k->alg), k->kid);
    k->header = text_base64url(cx->arena, header, strlen(header));
}

struct jwt_key jwt_key_of_secret(struct ctx *cx, const char *secret)
{
    struct jwt_key k = { .alg = HS256, .secret = secret, .is_private = true };
    uint8_t hash[SHA256_BYTES];

    crypto_hmac(secret, strlen(secret), "kid", 3, hash);
    key_name(cx, &k, hash);
    return k;
}

/* --- pairs --- */

static void pair_drop(void *pair) { EVP_PKEY_free(pair); }
static void file_drop(void *file) { BIO_free(file); }

static EVP_PKEY *pair_read(struct ctx *cx, const char *path, bool *is_private)
{
    BIO *file = BIO_new_file(path, "r");

    if (!file)
        return NULL;
    arena_own(cx->arena, file, file_drop);
    EVP_PKEY *pair = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
    *is_private = pair != NULL;
    if (!pair && BIO_seek(file, 0) >= 0)
        pair = PEM_read_bio_PUBKEY(file, NULL, NULL, NULL);
    return pair;
}

static bool is_p256(const EVP_PKEY *pair)
{
    char group[32];
    size_t n;

    return EVP_PKEY_is_a(pair, "EC") && EVP_PKEY_get_group_name(pair, group, sizeof(group), &n) == 1 && !strcmp(group, "prime256v1");
}

err_t jwt_key_of_file(struct ctx *cx, const char *path, struct jwt_key *out)
{
    struct jwt_key k = { .alg = RS256 };
    EVP_PKEY *pair = pair_read(cx, path, &k.is_private);
    struct text thumb = text_new(cx->arena, 1024, 16384);
    uint8_t hash[SHA256_BYTES];

    if (!pair)
        return fail(cx, CONFIG_INVALID, "%s is not a PEM file with a key", path);
    k.pair = arena_own(cx->arena, pair, pair_drop);
    if (is_p256(pair))
        k.alg = ES256;
    else if (!EVP_PKEY_is_a(pair, "RSA") || EVP_PKEY_get_bits(pair) < RSA_BITS_LEAST)
        return fail(cx, CONFIG_INVALID, "%s: a key of RSA with at least %d bits, or one on P-256", path, RSA_BITS_LEAST);
    jwt_key_tell(cx, &k, &thumb);
    crypto_sha256(thumb.at, thumb.n, hash);
    key_name(cx, &k, hash);
    *out = k;
    return OK;
}

static void put_number(struct ctx *cx, const EVP_PKEY *pair, const char *param, size_t least, const char *member, struct text *to)
{
    BIGNUM *number = NULL;

    crypto_must(EVP_PKEY_get_bn_param(pair, param, &number));
    size_t n = (size_t)BN_num_bytes(number), room = n < least ? least : n;
    uint8_t *at = arena_get(cx->arena, room);
    crypto_must(BN_bn2binpad(number, at, (int)room) == (int)room);
    BN_free(number);
    text_fmt(to, ",\"%s\":\"%s\"", member, text_base64url(cx->arena, at, room));
}

void jwt_key_tell(struct ctx *cx, const struct jwt_key *k, struct text *to)
{
    text_fmt(to, "{\"use\":\"sig\",\"alg\":\"%s\"", jwt_alg_name(k->alg));
    if (k->kid)
        text_fmt(to, ",\"kid\":\"%s\"", k->kid);
    if (k->alg == ES256) {
        text_put(to, ",\"kty\":\"EC\",\"crv\":\"P-256\"");
        put_number(cx, k->pair, OSSL_PKEY_PARAM_EC_PUB_X, NUMBER_BYTES, "x", to);
        put_number(cx, k->pair, OSSL_PKEY_PARAM_EC_PUB_Y, NUMBER_BYTES, "y", to);
    } else {
        text_put(to, ",\"kty\":\"RSA\"");
        put_number(cx, k->pair, OSSL_PKEY_PARAM_RSA_N, 1, "n", to);
        put_number(cx, k->pair, OSSL_PKEY_PARAM_RSA_E, 1, "e", to);
    }
    text_char(to, '}');
}

/* --- signatures --- */

static void context_drop(void *context) { EVP_MD_CTX_free(context); }

static EVP_MD_CTX *context_new(struct ctx *cx) { return arena_own(cx->arena, EVP_MD_CTX_new(), context_drop); }

/* A token holds r and s side by side (RFC 7518 3.4), OpenSSL makes and reads DER. */
static size_t flat_of_der(const uint8_t *der, size_t n, uint8_t flat[2 * NUMBER_BYTES])
{
    ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &der, (long)n);

    crypto_must(both != NULL);
    crypto_must(BN_bn2binpad(ECDSA_SIG_get0_r(both), flat, NUMBER_BYTES) == NUMBER_BYTES);
    crypto_must(BN_bn2binpad(ECDSA_SIG_get0_s(both), flat + NUMBER_BYTES, NUMBER_BYTES) == NUMBER_BYTES);
    ECDSA_SIG_free(both);
    return 2 * NUMBER_BYTES;
}

static size_t der_of_flat(const uint8_t flat[2 * NUMBER_BYTES], uint8_t *der, size_t room)
{
    ECDSA_SIG *both = ECDSA_SIG_new();

    crypto_must(both && ECDSA_SIG_set0(both, BN_bin2bn(flat, NUMBER_BYTES, NULL), BN_bin2bn(flat + NUMBER_BYTES, NUMBER_BYTES, NULL)));
    int n = i2d_ECDSA_SIG(both, NULL);
    crypto_must(n > 0 && (size_t)n <= room && i2d_ECDSA_SIG(both, &der) == n);
    ECDSA_SIG_free(both);
    return (size_t)n;
}

char *jwt_key_sign(struct ctx *cx, const struct jwt_key *k, const char *at, size_t n)
{
    uint8_t signature[SIGNATURE_BYTES], flat[2 * NUMBER_BYTES];
    size_t len = sizeof(signature);

    if (k->alg == HS256) {
        crypto_hmac(k->secret, strlen(k->secret), at, n, signature);
        return text_base64url(cx->arena, signature, SHA256_BYTES);
    }
    EVP_MD_CTX *context = context_new(cx);
    crypto_must(EVP_DigestSignInit(context, NULL, crypto_algorithms()->sha256, NULL, k->pair));
    crypto_must(EVP_DigestSign(context, signature, &len, (const uint8_t *)at, n));
    if (k->alg == RS256)
        return text_base64url(cx->arena, signature, len);
    return text_base64url(cx->arena, flat, flat_of_der(signature, len, flat));
}

static bool pair_fits(struct ctx *cx, const struct jwt_key *k, const char *at, size_t n, struct bytes encoded)
{
    uint8_t der[SIGNATURE_BYTES];
    size_t len;
    const uint8_t *signature = (const uint8_t *)text_unbase64(cx->arena, encoded.at, encoded.n, &len);

    if (!signature || (k->alg == ES256 && len != 2 * NUMBER_BYTES))
        return false;
    if (k->alg == ES256) {
        len = der_of_flat(signature, der, sizeof(der));
        signature = der;
    }
    EVP_MD_CTX *context = context_new(cx);
    crypto_must(EVP_DigestVerifyInit(context, NULL, crypto_algorithms()->sha256, NULL, k->pair));
    return EVP_DigestVerify(context, signature, len, (const uint8_t *)at, n) == 1;
}

bool jwt_key_fits(struct ctx *cx, const struct jwt_key *k, const char *at, size_t n, struct bytes signature)
{
    if (k->alg != HS256)
        return pair_fits(cx, k, at, n, signature);
    const char *right = jwt_key_sign(cx, k, at, n);
    return signature.n == strlen(right) && text_same_secret(signature.at, right, signature.n);
}
