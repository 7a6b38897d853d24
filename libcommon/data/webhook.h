/* Messages between services by the Standard Webhooks scheme: HMAC-SHA256 over "id.timestamp.body", told in three headers. */
#pragma once

#include "base/text.h"

#define WEBHOOK_SECRET_START "whsec_"       /* then base64 of the key */
#define WEBHOOK_KEY_BYTES    32             /* of those we make; 24 to 64 are taken */
#define WEBHOOK_LEEWAY_S     300            /* between the clocks of sender and receiver */

const char *webhook_secret_new(struct ctx *cx);

/* "v1,<base64>" of a message, for the header webhook-signature. `id` has no full stops. BUG: the secret is none. */
fallible webhook_sign(struct ctx *cx, const char *secret, const char *id, int64_t timestamp_s, struct bytes body, const char **out);

/* What a receiver was sent: the headers as they came, NULL when absent, and the body before anything read it. */
struct webhook_sent { const char *id, *timestamp, *signature; struct bytes body; };

/* Does it come from who has the secret, and now? TOKEN_INVALID: a header is missing, the time is more than WEBHOOK_LEEWAY_S away,
 * no signature of a known version fits. That the id is new is the caller's to check: keep ids as long as the sender repeats. */
fallible webhook_verify(struct ctx *cx, const char *secret, const struct webhook_sent *sent, int64_t now_s);
