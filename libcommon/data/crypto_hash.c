#define _GNU_SOURCE
#include "crypto.h"

#include "base/clock.h"
#include "crypto_once.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static struct algorithms algorithms;

void crypto_must(int ok)
{
    if (ok == 1)
        return;
    fputs("cryptography failed\n", stderr);
    abort();
}

static void fetch(void)
{
    algorithms.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    algorithms.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    algorithms.gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    crypto_must(algorithms.sha256 && algorithms.hmac && algorithms.gcm);
}

const struct algorithms *crypto_algorithms(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, fetch);
    return &algorithms;
}

static void random_fill(uint8_t *at, size_t n)
{
    while (n) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        crypto_must(got > 0);
        at += got;
        n -= (size_t)got;
    }
}

/* Ids take few bytes at a time: each thread keeps some from one call to the kernel. What was given is wiped. Children of
 * ours run other programs at once, so no two processes share what is kept. */
void crypto_random(void *to, size_t n)
{
    static _Thread_local struct { size_t left; uint8_t at[512]; } kept;

    if (n > sizeof(kept.at) / 4) {
        random_fill(to, n);
        return;
    }
    if (kept.left < n) {
        random_fill(kept.at, sizeof(kept.at));
        kept.left = sizeof(kept.at);
    }
    uint8_t *from = kept.at + (kept.left -= n);
    memcpy(to, from, n);
    explicit_bzero(from, n);
}

void crypto_sha256(const void *at, size_t n, uint8_t out[SHA256_BYTES])
{
    crypto_must(EVP_Digest(at, n, out, NULL, crypto_algorithms()->sha256, NULL));
}

const char *crypto_sha256_hex(struct ctx *cx, const void *at, size_t n)
{
    char *hex = arena_get(cx->arena, 2 * SHA256_BYTES + 1);
    uint8_t hash[SHA256_BYTES];

    crypto_sha256(at, n, hash);
    text_hex(hash, sizeof(hash), hex);
    return hex;
}

/* --- HMAC: each thread keeps the context of its last key, since a process has few keys; making a
 * keyed context costs three times what using one does --- */

#define KEPT_KEY_BYTES 128

struct keyed { EVP_MAC_CTX *ctx; size_t n; uint8_t key[KEPT_KEY_BYTES]; };

static pthread_key_t keyed_slot;

static void keyed_drop(void *thing)
{
    struct keyed *k = thing;

    EVP_MAC_CTX_free(k->ctx);
    OPENSSL_cleanse(k->key, sizeof(k->key));
    free(k);
}

static void keyed_slot_make(void) { crypto_must(!pthread_key_create(&keyed_slot, keyed_drop)); }

static struct keyed *keyed_here(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, keyed_slot_make);
    struct keyed *k = pthread_getspecific(keyed_slot);
    if (k)
        return k;
    k = calloc(1, sizeof(*k));
    crypto_must(k && (k->ctx = EVP_MAC_CTX_new(crypto_algorithms()->hmac)) && !pthread_setspecific(keyed_slot, k));
    return k;
}

static void keyed_start(struct keyed *k, const void *key, size_t n)
{
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){ "SHA256" }, 0),
                            OSSL_PARAM_construct_end() };

    if (n && n == k->n && !memcmp(k->key, key, n)) {
        crypto_must(EVP_MAC_init(k->ctx, NULL, 0, NULL));
        return;
    }
    crypto_must(EVP_MAC_init(k->ctx, n ? key : (const void *)"", n, params));
    k->n = n <= KEPT_KEY_BYTES ? n : 0;
    memcpy(k->key, key, k->n);
}

void crypto_hmac(const void *key, size_t key_n, const void *at, size_t n, uint8_t out[SHA256_BYTES])
{
    struct keyed *k = keyed_here();
    size_t got;

    keyed_start(k, key, key_n);
    crypto_must(EVP_MAC_update(k->ctx, at, n));
    crypto_must(EVP_MAC_final(k->ctx, out, &got, SHA256_BYTES));
}

/* --- files --- */

static void md_drop(void *ctx) { EVP_MD_CTX_free(ctx); }

/* Reads from the start by offset: the descriptor's own position is neither used nor moved. */
err_t crypto_sha256_file(struct ctx *cx, int fd, char hex[65])
{
    enum { PIECE = 64 << 10 };
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    char *piece = arena_get(cx->arena, PIECE);
    uint8_t hash[SHA256_BYTES];
    ssize_t got;

    arena_own(cx->arena, ctx, md_drop);
    crypto_must(EVP_DigestInit_ex2(ctx, crypto_algorithms()->sha256, NULL));
    for (off_t at = 0; (got = pread(fd, piece, PIECE, at)); at += got) {
        if (got < 0)
            return fail(cx, BLOB_DOWN, "reading a file to hash: %s", strerror(errno));
        crypto_must(EVP_DigestUpdate(ctx, piece, (size_t)got));
        TRY(clock_check(cx));
    }
    crypto_must(EVP_DigestFinal_ex(ctx, hash, NULL));
    text_hex(hash, sizeof(hash), hex);
    return OK;
}
