/* Ed25519: signatures that whoever has the public key can check. */
#include "crypto.h"

#include "crypto_once.h"

#include <limits.h>
#include <openssl/pem.h>
#include <string.h>

static void key_drop(void *key) { EVP_PKEY_free(key); }
static void bio_drop(void *bio) { BIO_free(bio); }
static void md_drop(void *md)   { EVP_MD_CTX_free(md); }

/* A key is read without a password: none is asked for on a terminal. */
static int no_password(char *to, int room, int writing, void *with)
{
    (void)to, (void)room, (void)writing, (void)with;
    return -1;
}

static fallible read_key(struct ctx *cx, const char *pem, EVP_PKEY **out, const char **next)
{
    size_t n = strlen(pem);
    BIO *bio = n && n < INT_MAX ? BIO_new_mem_buf(pem, (int)n) : NULL;
    char *left;

    if (!bio)
        return fail(cx, CONFIG_INVALID, "there is no key");
    arena_own(cx->arena, bio, bio_drop);
    *out = strstr(pem, "-----BEGIN PUBLIC KEY-----") == pem ? PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL)
                                                             : PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    if (!*out)
        return fail(cx, CONFIG_INVALID, "this is no PEM key");
    arena_own(cx->arena, *out, key_drop);
    if (next)
        *next = pem + n - (size_t)BIO_get_mem_data(bio, &left);
    return EVP_PKEY_is_a(*out, "ED25519") ? OK : fail(cx, CONFIG_INVALID, "this key is not Ed25519");
}

static const char *text_of(struct ctx *cx, BIO *bio)
{
    char *at;
    long n = BIO_get_mem_data(bio, &at);

    crypto_must(n > 0);
    return arena_text(cx->arena, at, (size_t)n);
}

void crypto_ed25519_new(struct ctx *cx, const char **private_pem, const char **public_pem)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *private = BIO_new(BIO_s_secmem()), *public = BIO_new(BIO_s_mem());

    crypto_must(key && private && public);
    crypto_must(PEM_write_bio_PrivateKey(private, key, NULL, NULL, 0, NULL, NULL));
    crypto_must(PEM_write_bio_PUBKEY(public, key));
    *private_pem = text_of(cx, private);
    *public_pem = text_of(cx, public);
    BIO_free(private);
    BIO_free(public);
    EVP_PKEY_free(key);
}

err_t crypto_ed25519_sign(struct ctx *cx, const char *private_pem, struct bytes what, uint8_t out[ED25519_SIGN_BYTES])
{
    size_t n = ED25519_SIGN_BYTES;
    EVP_PKEY *key;

    TRY(read_key(cx, private_pem, &key, NULL));
    EVP_MD_CTX *md = arena_own(cx->arena, EVP_MD_CTX_new(), md_drop);
    if (EVP_DigestSignInit(md, NULL, NULL, NULL, key) != 1 || EVP_DigestSign(md, out, &n, (const uint8_t *)what.at, what.n) != 1)
        return fail(cx, CONFIG_INVALID, "this key cannot sign");
    return OK;
}

err_t crypto_ed25519_public(struct ctx *cx, const char *pem, uint8_t out[ED25519_KEY_BYTES], const char **next)
{
    size_t n = ED25519_KEY_BYTES;
    EVP_PKEY *key;

    TRY(read_key(cx, pem, &key, next));
    crypto_must(EVP_PKEY_get_raw_public_key(key, out, &n));
    return OK;
}

bool crypto_ed25519_fits(const uint8_t key[ED25519_KEY_BYTES], struct bytes what, const uint8_t sign[ED25519_SIGN_BYTES])
{
    EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, ED25519_KEY_BYTES);
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    crypto_must(md != NULL);
    bool fits = public && EVP_DigestVerifyInit(md, NULL, NULL, NULL, public) == 1 &&
                EVP_DigestVerify(md, sign, ED25519_SIGN_BYTES, (const uint8_t *)what.at, what.n) == 1;
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(public);
    return fits;
}
