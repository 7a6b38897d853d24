#include "http/api_key.h"
#include "data/crypto.h"

#include <string.h>

#define RANDOM_BYTES 24
#define RANDOM_CHARS 32
#define CHECK_BYTES  4
#define CHECK_CHARS  6

static const char *check_of(struct ctx *cx, const char *random)
{
    uint8_t hash[SHA256_BYTES];

    crypto_sha256(random, RANDOM_CHARS, hash);
    return text_base64url(cx->arena, hash, CHECK_BYTES);
}

const char *api_key_make(struct ctx *cx)
{
    uint8_t dice[RANDOM_BYTES];

    crypto_random(dice, sizeof(dice));
    const char *random = text_base64url(cx->arena, dice, sizeof(dice));
    return arena_fmt(cx->arena, API_KEY_START "%s%s", random, check_of(cx, random));
}

bool api_key_is_whole(struct ctx *cx, const char *key)
{
    size_t start = strlen(API_KEY_START);

    return text_starts(key, API_KEY_START) && strlen(key) == start + RANDOM_CHARS + CHECK_CHARS &&
           text_is(key + start + RANDOM_CHARS, check_of(cx, key + start));
}

const char *token_hash(struct ctx *cx, const char *token) { return crypto_sha256_hex(cx, token, strlen(token)); }
