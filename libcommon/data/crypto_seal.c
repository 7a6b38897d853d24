#include "crypto.h"

#include "crypto_once.h"

#include <limits.h>
#include <string.h>

#define NONCE_BYTES 12
#define TAG_BYTES   16

static void cipher_drop(void *ctx) { EVP_CIPHER_CTX_free(ctx); }

/* A context with key, nonce and bound data taken in. */
static EVP_CIPHER_CTX *cipher_start(struct ctx *cx, const uint8_t *key, const uint8_t *nonce, struct bytes bound)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;

    arena_own(cx->arena, ctx, cipher_drop);
    crypto_must(EVP_CipherInit_ex2(ctx, crypto_algorithms()->gcm, key, nonce, 1, NULL));
    crypto_must(bound.n <= INT_MAX);
    if (bound.n)
        crypto_must(EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)bound.at, (int)bound.n));
    return ctx;
}

struct bytes crypto_seal(struct ctx *cx, const uint8_t key[32], struct bytes plain, struct bytes bound)
{
    uint8_t *out = arena_get(cx->arena, plain.n + SEAL_EXTRA), *body = out + NONCE_BYTES;
    int n;

    crypto_must(plain.n <= INT_MAX);
    crypto_random(out, NONCE_BYTES);
    EVP_CIPHER_CTX *ctx = cipher_start(cx, key, out, bound);
    if (plain.n)
        crypto_must(EVP_CipherUpdate(ctx, body, &n, (const uint8_t *)plain.at, (int)plain.n));
    crypto_must(EVP_CipherFinal_ex(ctx, body + plain.n, &n));
    crypto_must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, body + plain.n));
    return (struct bytes){ (const char *)out, plain.n + SEAL_EXTRA };
}

struct crypto_opener { EVP_CIPHER_CTX *ctx; };

struct crypto_opener *crypto_opener_new(struct ctx *cx, const uint8_t key[32])
{
    struct crypto_opener *o = NEW(cx, struct crypto_opener);

    o->ctx = arena_own(cx->arena, EVP_CIPHER_CTX_new(), cipher_drop);
    crypto_must(EVP_CipherInit_ex2(o->ctx, crypto_algorithms()->gcm, key, NULL, 0, NULL));
    return o;
}

err_t crypto_opener_open(struct ctx *cx, struct crypto_opener *o, struct bytes sealed, struct bytes bound, struct bytes *plain)
{
    const uint8_t *nonce = (const uint8_t *)sealed.at, *body = nonce + NONCE_BYTES;
    uint8_t tag[TAG_BYTES];
    int n;

    if (sealed.n < SEAL_EXTRA || sealed.n - SEAL_EXTRA > INT_MAX)
        return fail(cx, TOKEN_INVALID, "%zu bytes are not a sealed text", sealed.n);
    size_t len = sealed.n - SEAL_EXTRA;
    uint8_t *out = arena_get(cx->arena, len + 1);
    crypto_must(EVP_CipherInit_ex2(o->ctx, NULL, NULL, nonce, 0, NULL));
    crypto_must(bound.n <= INT_MAX);
    if (bound.n)
        crypto_must(EVP_CipherUpdate(o->ctx, NULL, &n, (const uint8_t *)bound.at, (int)bound.n));
    if (len)
        crypto_must(EVP_CipherUpdate(o->ctx, out, &n, body, (int)len));
    memcpy(tag, body + len, TAG_BYTES);
    crypto_must(EVP_CIPHER_CTX_ctrl(o->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag));
    if (EVP_CipherFinal_ex(o->ctx, out + len, &n) != 1) {
        OPENSSL_cleanse(out, len);      /* nobody may read what was not proved */
        return fail(cx, TOKEN_INVALID, "a sealed text does not open");
    }
    *plain = (struct bytes){ (const char *)out, len };
    return OK;
}

err_t crypto_open(struct ctx *cx, const uint8_t key[32], struct bytes sealed, struct bytes bound, struct bytes *plain)
{
    return crypto_opener_open(cx, crypto_opener_new(cx, key), sealed, bound, plain);
}
