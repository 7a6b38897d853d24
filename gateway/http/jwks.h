/* Keys of another issuer of tokens, fetched from where it publishes them and kept. A thread of its own fetches, so that no
 * request ever does: when it is told to, and every ten minutes, which is when a key that was taken back is forgotten. */
#pragma once

#include "data/crypto.h"

struct daemon;
struct jwks;

/* `again_ms`: between two looks that unknown names of keys may cause, however many come. */
struct jwks *jwks_open(struct daemon *d, const char *url, int64_t again_ms);
void         jwks_close(struct jwks *j);

/* The key of that name, good for as long as cx's arena. One that is not known may be new: a few callers wait for a look, for
 * 3 s at most and within cx's deadline. TOKEN_INVALID: there is none. ISSUER_DOWN: the issuer does not tell; keys that it told
 * before stay good meanwhile. */
fallible jwks_find(struct ctx *cx, struct jwks *j, const char *kid, struct jwt_key *out);
