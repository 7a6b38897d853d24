/* Master keys: they wrap the keys of persons and never touch anything else. */
#pragma once

#include "base/text.h"

#define PERSON_KEY_BYTES 32

struct wrapped_key { const char *master, *text; };      /* id of the master key, and base64url */

/* One way of keeping master keys; a key management service is another. `bound`: what the wrapped key belongs to. */
struct master_engine {
    const char *name;
    err_t (*wrap)(struct ctx *cx, const void *state, const uint8_t key[PERSON_KEY_BYTES], struct bytes bound, struct wrapped_key *out);
    err_t (*unwrap)(struct ctx *cx, const void *state, const struct wrapped_key *w, struct bytes bound, uint8_t key[PERSON_KEY_BYTES]);
};
struct masters { const struct master_engine *engine; const void *state; const char *current; };    /* current: id of what wraps now */

/* Keys given in a setting; see persons_open. */
fallible masters_of_setting(struct ctx *cx, struct arena *a, const char *keys, struct masters *out);
