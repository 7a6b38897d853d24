/* The keys that access tokens are signed and checked with, from the settings. */
#pragma once

#include "data/crypto.h"

struct gateway_settings;

/* CONFIG_INVALID: a secret that is too short, a file without a usable key. */
fallible keyring_open(struct ctx *cx, const struct gateway_settings *s, struct jwt_rules *out);
/* The public halves as a JWK set, RFC 7517 5. */
const char *keyring_tell(struct ctx *cx, const struct jwt_rules *rules);
