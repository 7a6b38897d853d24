/* Keys of tokens, between crypto_keys.c, which makes them, and crypto_jwt.c, which knows what a token is. */
#pragma once

#include "crypto.h"

const char *jwt_alg_name(enum jwt_alg alg);
/* The signature of n bytes, encoded. The key can sign. */
char *jwt_key_sign(struct ctx *cx, const struct jwt_key *k, const char *at, size_t n);
bool jwt_key_fits(struct ctx *cx, const struct jwt_key *k, const char *at, size_t n, struct bytes signature);
